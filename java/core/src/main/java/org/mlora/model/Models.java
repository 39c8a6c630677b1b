package org.mlora.model;

import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Network;

/** The registry of models: one line each. */
public final class Models {
  private static final Map<String, Model> MODELS =
      Map.ofEntries( //
          Map.entry("mlp", new Mlp()));

  private Models() {}

  /** The names of all models, sorted. */
  public static SortedSet<String> names() {
    return new TreeSet<>(MODELS.keySet());
  }

  /**
   * Lays the model out for the fields of the schema. Inputs are the schema's fields, in order.
   *
   * @throws InvalidInputException when there is no model of that name, or the schema has no domain
   */
  public static Network build(ModelSpec spec, Schema schema) {
    Model model =
        Optional.ofNullable(MODELS.get(spec.model()))
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "model '"
                            + spec.model()
                            + "' is not known; known models: "
                            + String.join(", ", names())));
    if (schema.domains().isEmpty()) {
      throw new InvalidInputException("the schema has no domains; it needs at least one");
    }
    Layout layout = new Layout(new Network.Builder(schema.domains().size()), spec, schema);
    return layout.net().build(model.logit(layout));
  }
}
