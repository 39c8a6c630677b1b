package org.mlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;

/** {@link ModelSpec} as JSON. Keys that are absent keep the defaults; unknown keys are errors. */
public final class ModelSpecJson {
  private static final Set<String> KEYS =
      Set.of(
          "model",
          "adapter",
          "hidden",
          "embedding_dim",
          "dropout",
          "embedding_l2",
          "initializers",
          "options");
  private static final Set<String> INITIALIZER_KEYS =
      Set.of("embedding", "weight", "adapter_a", "adapter_b", "adapter_c", "head");

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
  public static ModelSpec read(JsonNode json, String where) {
    JsonReader reader = new JsonReader(json, where, "");
    reader.requireKeys(KEYS);
    try {
      ModelSpec defaults = ModelSpec.defaults();
      ModelSpec spec =
          new ModelSpec(
              reader.text("model", defaults.model()),
              AdapterSpecJson.read(reader.object("adapter")),
              reader.integers("hidden", defaults.hidden()),
              reader.integer("embedding_dim", defaults.embeddingDim()),
              reader.number("dropout", defaults.dropout()),
              reader.number("embedding_l2", defaults.embeddingL2()),
              initializers(reader.object("initializers")),
              reader.object("options").texts());
      // Fails where ranks and layers differ in number.
      spec.adapter().factors().ifPresent(mlora -> mlora.ranks(spec.hidden()));
      return spec;
    } catch (InvalidInputException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith(where) ? e : reader.error(message);
    }
  }

  private static Initializers initializers(JsonReader reader) {
    reader.requireKeys(INITIALIZER_KEYS);
    Initializers defaults = Initializers.defaults();
    return new Initializers(
        initializer(reader, "embedding", defaults.embedding()),
        initializer(reader, "weight", defaults.weight()),
        initializer(reader, "adapter_a", defaults.adapterA()),
        initializer(reader, "adapter_b", defaults.adapterB()),
        initializer(reader, "adapter_c", defaults.adapterC()),
        initializer(reader, "head", defaults.head()));
  }

  private static Initializer initializer(JsonReader reader, String key, Initializer absent) {
    String text = reader.text(key, InitializerText.format(absent));
    try {
      return InitializerText.parse(text);
    } catch (InvalidInputException e) {
      throw reader.error("initializers." + key + ": " + e.getMessage());
    }
  }
}
