package org.mlora.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Network;
import org.mlora.network.Role;

/** The registry of models: one line each. */
public final class Models {
  private static final Map<String, Model> MODELS =
      Map.ofEntries(
          Map.entry("mlp", new Mlp()),
          Map.entry("wdl", new Wdl()),
          Map.entry("nfm", new Nfm()),
          Map.entry("autoint", new AutoInt()),
          Map.entry("pnn", new Pnn()),
          Map.entry("deepfm", new DeepFm()),
          Map.entry("dcn", new Dcn()),
          Map.entry("xdeepfm", new XDeepFm()),
          Map.entry("fibinet", new FiBiNet()),
          Map.entry("star", new Star()),
          Map.entry("shared_bottom", new SharedBottom()),
          Map.entry("mmoe", new Mmoe()),
          Map.entry("ple", new Ple()),
          Map.entry("epnet", new PepNet("EPNet of PEPNet (KDD 2023)", true, false)),
          Map.entry("ppnet", new PepNet("PPNet of PEPNet (KDD 2023)", false, true)),
          Map.entry("pepnet", new PepNet("PEPNet (KDD 2023)", true, true)),
          Map.entry("adasparse", new AdaSparse()),
          Map.entry("m3oe", new M3oe()));

  private Models() {}

  /** The names of all models, sorted. */
  public static SortedSet<String> names() {
    return new TreeSet<>(MODELS.keySet());
  }

  /**
   * A model's name among people, and where it was published.
   *
   * @throws InvalidInputException when there is no model of that name
   */
  public static String title(String model) {
    return known(model).title();
  }

  /**
   * The settings that a model has beyond those of every model.
   *
   * @throws InvalidInputException when there is no model of that name
   */
  public static List<ModelOption<?>> options(String model) {
    return known(model).options();
  }

  /**
   * Whether a model has a dense tower that adapters go to.
   *
   * @throws InvalidInputException when there is no model of that name
   */
  public static boolean adapts(String model) {
    return known(model).adapts();
  }

  /**
   * Lays the model out for the fields of the schema. Inputs are the schema's fields, in order.
   *
   * @throws InvalidInputException when there is no model of that name, the schema has no domain, or
   *     the spec asks for adapters of a model that has no tower for them
   */
  public static Network build(ModelSpec spec, Schema schema) {
    return build(known(spec.model()), spec, schema);
  }

  /** The same for a model that need not be in the registry. */
  static Network build(Model model, ModelSpec spec, Schema schema) {
    if (schema.domains().isEmpty()) {
      throw new InvalidInputException("the schema has no domains; it needs at least one");
    }
    if (!model.adapts() && !(spec.adapter() instanceof AdapterSpec.None)) {
      throw new InvalidInputException(
          "model '"
              + spec.model()
              + "' has layers of each domain's own and takes no adapters; use adapter none");
    }
    Layout layout = new Layout(new Network.Builder(schema.domains().size()), spec, schema);
    FieldInputs.add(layout);
    Network network = layout.net().build(model.logit(layout));
    requirePlaces(spec, network);
    return network;
  }

  /**
   * Places that are named must be there; all places are those that are there, and a tower is where
   * the model has one.
   */
  private static void requirePlaces(ModelSpec spec, Network network) {
    if (!(spec.adapter() instanceof AdapterSpec.Mlora mlora)
        || mlora.places().size() == AdapterPlace.values().length) {
      return;
    }
    for (AdapterPlace place : mlora.places()) {
      boolean there =
          place == AdapterPlace.TOWER
              || network.parameters().stream()
                  .anyMatch(
                      p -> p.role() == Role.ADAPTER && p.name().startsWith(place.prefix() + "A"));
      if (!there) {
        throw new InvalidInputException(
            "adapters are to be on layers '"
                + place.label()
                + "', which model '"
                + spec.model()
                + "' does not have here (cross layers: dcn with cross_form=matrix; projection:"
                + " fields with a width of their own in nfm, autoint, pnn, deepfm, xdeepfm and"
                + " fibinet; attention: autoint); leave them out");
      }
    }
  }

  /**
   * Options with those that are absent.
   *
   * @throws InvalidInputException when there is no model of that name, or it has no such option
   */
  static SortedMap<String, String> complete(String model, Map<String, String> given) {
    List<ModelOption<?>> options = options(model);
    SortedMap<String, String> all = new TreeMap<>();
    for (ModelOption<?> option : options) {
      String text = given.getOrDefault(option.name(), option.absent());
      all.put(option.name(), option.canonical(text));
    }
    for (String name : given.keySet()) {
      if (!all.containsKey(name)) {
        throw new InvalidInputException(
            "model '"
                + model
                + "' has no option '"
                + name
                + "'; "
                + (all.isEmpty()
                    ? "it has none"
                    : "it has "
                        + options.stream()
                            .map(ModelOption::name)
                            .collect(Collectors.joining(", "))));
      }
    }
    return all;
  }

  private static Model known(String model) {
    return Optional.ofNullable(MODELS.get(model))
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "model '"
                        + model
                        + "' is not known; known models: "
                        + String.join(", ", names())));
  }
}
