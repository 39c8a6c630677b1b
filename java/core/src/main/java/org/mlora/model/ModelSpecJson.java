package org.mlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.mlora.data.JsonObject;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;

/** {@link ModelSpec} as JSON. Keys that are absent keep the defaults; unknown keys are errors. */
public final class ModelSpecJson {
  private ModelSpecJson() {}

  /** Writes every key. */
  public static ObjectNode write(ModelSpec spec) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model", spec.model());
    json.set("adapter", AdapterSpecJson.write(spec.adapter()));
    ArrayNode hidden = json.putArray("hidden");
    spec.hidden().forEach(hidden::add);
    json.put("embedding_dim", spec.embeddingDim());
    json.put("dropout", spec.dropout());
    json.put("embedding_l2", spec.embeddingL2());
    Initializers start = spec.initializers();
    json.putObject("initializers")
        .put("embedding", InitializerText.format(start.embedding()))
        .put("weight", InitializerText.format(start.weight()))
        .put("adapter_a", InitializerText.format(start.adapterA()))
        .put("adapter_b", InitializerText.format(start.adapterB()))
        .put("adapter_c", InitializerText.format(start.adapterC()))
        .put("head", InitializerText.format(start.head()));
    ObjectNode options = json.putObject("options");
    spec.options().forEach(options::put);
    return json;
  }

  /**
   * Reads what {@link #write} writes.
   *
   * @param where names the file in errors
   * @throws InvalidInputException naming the key that is unknown or has a bad value
   */
  public static ModelSpec read(JsonNode node, String where) {
    JsonObject json = new JsonObject(node, where);
    json.only(
        "model",
        "adapter",
        "hidden",
        "embedding_dim",
        "dropout",
        "embedding_l2",
        "initializers",
        "options");
    try {
      ModelSpec defaults = ModelSpec.defaults();
      ModelSpec spec =
          new ModelSpec(
              json.text("model", defaults.model()),
              AdapterSpecJson.read(json.objectOrEmpty("adapter")),
              json.integers("hidden", defaults.hidden()),
              json.integer("embedding_dim", defaults.embeddingDim()),
              json.number("dropout", defaults.dropout()),
              json.number("embedding_l2", defaults.embeddingL2()),
              initializers(json.objectOrEmpty("initializers")),
              json.objectOrEmpty("options").texts());
      // Fails where ranks and layers differ in number.
      spec.adapter().factors().ifPresent(mlora -> mlora.ranks(spec.hidden()));
      return spec;
    } catch (InvalidInputException e) {
      throw e.in(where);
    }
  }

  private static Initializers initializers(JsonObject json) {
    json.only("embedding", "weight", "adapter_a", "adapter_b", "adapter_c", "head");
    Initializers defaults = Initializers.defaults();
    return new Initializers(
        initializer(json, "embedding", defaults.embedding()),
        initializer(json, "weight", defaults.weight()),
        initializer(json, "adapter_a", defaults.adapterA()),
        initializer(json, "adapter_b", defaults.adapterB()),
        initializer(json, "adapter_c", defaults.adapterC()),
        initializer(json, "head", defaults.head()));
  }

  private static Initializer initializer(JsonObject json, String key, Initializer absent) {
    String text = json.text(key, InitializerText.format(absent));
    try {
      return InitializerText.parse(text);
    } catch (InvalidInputException e) {
      throw json.error("initializers." + key + ": " + e.getMessage());
    }
  }
}
