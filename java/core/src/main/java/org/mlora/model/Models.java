package org.mlora.model;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Network;
import org.mlora.network.Role;

/**
 * The registry of models: a line for each of ours, and those of other projects that {@link
 * ServiceLoader} finds. These are looked for whenever one is asked for, since a container has other
 * ones for each of its applications.
 */
public final class Models {
  private static final List<Model> OURS =
      List.of(
          new Mlp(),
          new Wdl(),
          new Nfm(),
          new AutoInt(),
          new Pnn(),
          new DeepFm(),
          new Dcn(),
          new XDeepFm(),
          new FiBiNet(),
          new Star(),
          new SharedBottom(),
          new Mmoe(),
          new Ple(),
          new PepNet("epnet", "EPNet of PEPNet (KDD 2023)", true, false),
          new PepNet("ppnet", "PPNet of PEPNet (KDD 2023)", false, true),
          new PepNet("pepnet", "PEPNet (KDD 2023)", true, true),
          new AdaSparse(),
          new M3oe());

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");

  private Models() {}

  /**
   * The names of all models, sorted.
   *
   * @throws InvalidInputException when one of another project cannot be loaded, or its name is that
   *     of another model or no name
   */
  public static SortedSet<String> names() {
    return new TreeSet<>(all().keySet());
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
    Model model = known(spec.model());
    if (schema.domains().isEmpty()) {
      throw new InvalidInputException("the schema has no domains; it needs at least one");
    }
    if (!model.adapts() && !(spec.adapter() instanceof AdapterSpec.None)) {
      throw new InvalidInputException(
          "model '" + spec.model() + "' has no layers that adapters go to; use adapter none");
    }
    Layout layout = new Layout(new Network.Builder(schema.domains().size()), spec, schema);
    FieldInputs.add(layout);
    Network network = layout.net().build(model.logit(layout));
    requirePlaces(spec, network);
    requireAdapters(spec, network);
    return network;
  }

  /** Adapters that are asked for are there, or a model does not say that it takes none. */
  private static void requireAdapters(ModelSpec spec, Network network) {
    if (!(spec.adapter() instanceof AdapterSpec.None)
        && network.parameters().stream().noneMatch(p -> p.role() == Role.ADAPTER)) {
      throw new InvalidInputException(
          "model '"
              + spec.model()
              + "' laid out no layer with adapters; use adapter none, and let its 'adapts' say so");
    }
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

  private static Model known(String name) {
    return OURS.stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .or(() -> Optional.ofNullable(all().get(name)))
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "model '"
                        + name
                        + "' is not known; known models: "
                        + String.join(", ", names())
                        + "; one of your own has to be on the class path"));
  }

  /** All models by name: ours, and those of other projects. */
  private static SortedMap<String, Model> all() {
    SortedMap<String, Model> all = new TreeMap<>();
    OURS.forEach(model -> all.put(model.name(), model));
    for (Model other : others()) {
      String name = nameOf(other);
      Model taken = all.putIfAbsent(name, other);
      if (taken != null) {
        throw new InvalidInputException(
            "two models are called '"
                + name
                + "': "
                + taken.getClass().getName()
                + " and "
                + other.getClass().getName()
                + "; give one of them another name");
      }
    }
    return all;
  }

  private static String nameOf(Model other) {
    String name;
    try {
      name = String.valueOf(other.name());
    } catch (RuntimeException | LinkageError e) {
      throw unusable(other.getClass().getName() + " does not tell its name (" + e + ")", e);
    }
    if (!NAME.matcher(name).matches()) {
      throw new InvalidInputException(
          "the name of the model "
              + other.getClass().getName()
              + " is '"
              + name
              + "'; it must have lower-case letters, digits and underscores, first a letter");
    }
    return name;
  }

  /** Those of other projects, where the thread finds its classes, or this class comes from. */
  private static Collection<Model> others() {
    // By name: both loaders may see it, and some containers load a class once for each.
    Map<String, Model> found = new LinkedHashMap<>();
    ClassLoader own = Models.class.getClassLoader();
    try {
      Stream.of(ServiceLoader.load(Model.class), ServiceLoader.load(Model.class, own))
          .forEach(loader -> loader.forEach(m -> found.putIfAbsent(m.getClass().getName(), m)));
    } catch (ServiceConfigurationError e) {
      String cause = e.getCause() == null ? "" : " (" + e.getCause() + ")";
      throw unusable(e.getMessage() + cause, e);
    } catch (LinkageError e) {
      throw unusable("a class that it needs is not there (" + e + ")", e);
    }
    return found.values();
  }

  private static InvalidInputException unusable(String what, Throwable why) {
    return new InvalidInputException(
        "a model of another project cannot be loaded: "
            + what
            + "; mend it or take it off the class path",
        why);
  }
}
