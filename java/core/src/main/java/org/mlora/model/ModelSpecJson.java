package org.mlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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
  private static final Set<String> ADAPTER_KEYS =
      Set.of("kind", "alpha", "ranks", "l2", "scaling", "shared_a", "experts", "gate");
  private static final Set<String> INITIALIZER_KEYS =
      Set.of("embedding", "weight", "adapter_a", "adapter_b", "adapter_c", "head");

  private ModelSpecJson() {}

  /** Writes every key. */
  public static ObjectNode write(ModelSpec spec) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model", spec.model());
    json.set("adapter", write(spec.adapter()));
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

  private static ObjectNode write(AdapterSpec spec) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (spec instanceof AdapterSpec.MoeMlora moe) {
      json.put("kind", "moe-mlora").put("experts", moe.experts());
      json.put("gate", moe.gate().name().toLowerCase(Locale.ROOT));
    } else {
      json.put("kind", spec instanceof AdapterSpec.None ? "none" : "mlora");
    }
    spec.factors()
        .ifPresent(
            mlora -> {
              json.put("alpha", mlora.alpha());
              mlora.ranks().forEach(json.putArray("ranks")::add);
              json.put("l2", mlora.l2());
              json.put("scaling", mlora.scaling().toString());
              json.put("shared_a", mlora.sharedA());
            });
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
              adapter(reader.object("adapter")),
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

  private static AdapterSpec adapter(JsonReader reader) {
    reader.requireKeys(ADAPTER_KEYS);
    String kind = reader.text("kind", "mlora");
    return switch (kind) {
      case "none" -> new AdapterSpec.None();
      case "mlora" -> factors(reader);
      case "moe-mlora" ->
          new AdapterSpec.MoeMlora(factors(reader), reader.integer("experts", 0), gate(reader));
      default ->
          throw reader.error("adapter.kind is '" + kind + "'; it must be none, mlora or moe-mlora");
    };
  }

  private static AdapterSpec.Mlora factors(JsonReader reader) {
    return new AdapterSpec.Mlora(
        reader.integer("alpha", 16),
        reader.integers("ranks", List.of()),
        reader.number("l2", AdapterSpec.Mlora.L2),
        AdapterScaling.parse(reader.text("scaling", AdapterScaling.NONE.toString())),
        reader.flag("shared_a", false));
  }

  private static AdapterSpec.MoeMlora.Gate gate(JsonReader reader) {
    String gate = reader.text("gate", "domain");
    return switch (gate) {
      case "domain" -> AdapterSpec.MoeMlora.Gate.DOMAIN;
      case "sample" -> AdapterSpec.MoeMlora.Gate.SAMPLE;
      default -> throw reader.error("adapter.gate is '" + gate + "'; it must be domain or sample");
    };
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

  /** Reads typed values of one JSON object, and says which key is wrong. */
  private record JsonReader(JsonNode json, String where, String path) {
    JsonReader {
      if (!json.isObject()) {
        throw new InvalidInputException(
            where + ": " + (path.isEmpty() ? "the content" : path) + " is not a JSON object");
      }
    }

    void requireKeys(Set<String> known) {
      json.fieldNames()
          .forEachRemaining(
              key -> {
                if (!known.contains(key)) {
                  throw error(
                      "key '"
                          + name(key)
                          + "' is not known; known keys: "
                          + String.join(", ", new TreeSet<>(known)));
                }
              });
    }

    JsonReader object(String key) {
      JsonNode value = json.path(key);
      JsonNode object = value.isMissingNode() ? JsonNodeFactory.instance.objectNode() : value;
      return new JsonReader(object, where, name(key));
    }

    String text(String key, String absent) {
      JsonNode value = json.path(key);
      if (value.isMissingNode()) {
        return absent;
      }
      if (!value.isTextual()) {
        throw error(name(key) + " is " + value + "; it must be text");
      }
      return value.textValue();
    }

    int integer(String key, int absent) {
      JsonNode value = json.path(key);
      return value.isMissingNode() ? absent : integer(key, value);
    }

    double number(String key, double absent) {
      JsonNode value = json.path(key);
      if (value.isMissingNode()) {
        return absent;
      }
      if (!value.isNumber()) {
        throw error(name(key) + " is " + value + "; it must be a number");
      }
      return value.doubleValue();
    }

    boolean flag(String key, boolean absent) {
      JsonNode value = json.path(key);
      if (value.isMissingNode()) {
        return absent;
      }
      if (!value.isBoolean()) {
        throw error(name(key) + " is " + value + "; it must be true or false");
      }
      return value.booleanValue();
    }

    List<Integer> integers(String key, List<Integer> absent) {
      JsonNode value = json.path(key);
      if (value.isMissingNode()) {
        return absent;
      }
      if (!value.isArray()) {
        throw error(name(key) + " is " + value + "; it must be a list of whole numbers");
      }
      List<Integer> integers = new ArrayList<>();
      value.forEach(v -> integers.add(integer(key, v)));
      return integers;
    }

    /** All its values as text; of a list, its parts separated by commas. */
    Map<String, String> texts() {
      Map<String, String> texts = new TreeMap<>();
      json.fields()
          .forEachRemaining(
              entry -> {
                JsonNode value = entry.getValue();
                List<String> parts = new ArrayList<>();
                (value.isArray() ? value : List.of(value)).forEach(v -> parts.add(v.asText()));
                texts.put(entry.getKey(), String.join(",", parts));
              });
      return texts;
    }

    InvalidInputException error(String message) {
      return new InvalidInputException(where + ": " + message);
    }

    private int integer(String key, JsonNode value) {
      if (!value.isIntegralNumber() || !value.canConvertToInt()) {
        throw error(name(key) + " is " + value + "; it must be a whole number");
      }
      return value.intValue();
    }

    private String name(String key) {
      return path.isEmpty() ? key : path + "." + key;
    }
  }
}
