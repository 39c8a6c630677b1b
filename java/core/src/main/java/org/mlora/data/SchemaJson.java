package org.mlora.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.StrictJson;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Pooling;

/** {@link Schema} as JSON, the file {@code schema.json}. */
public final class SchemaJson {
  /** Its file name. */
  public static final String NAME = "schema.json";

  /** Version of the format. */
  static final int VERSION = 1;

  /** The numbers that buckets compare with their boundaries. */
  private static final String NUMBERS = "float64";

  private static final int MAX_MEBIBYTES = 64;

  private SchemaJson() {}

  /**
   * Reads a file.
   *
   * @throws InvalidInputException naming the file, and the field and key that is wrong
   */
  public static Schema read(Path path) {
    JsonNode root = StrictJson.read(path, MAX_MEBIBYTES, "schema");
    try {
      return parse(root);
    } catch (InvalidInputException e) {
      throw e.in(path.toString());
    }
  }

  /**
   * Writes a file.
   *
   * @throws InvalidInputException when it cannot be written, or would be too large to be read
   */
  public static void write(Schema schema, Path path) {
    byte[] bytes = (toJson(schema).toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_MEBIBYTES << 20) {
      throw new InvalidInputException(
          "the names of "
              + schema.domains().size()
              + " domains and what their schema says besides are larger than 64 MiB; prepare the"
              + " data with fewer domains, for example by --min-domain-rows");
    }
    try {
      Files.write(path, bytes);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(path, e);
    }
  }

  /**
   * Reads a schema.
   *
   * @throws InvalidInputException naming the field and key that is wrong
   */
  public static Schema parse(JsonNode root) {
    JsonObject json = new JsonObject(root, "the schema");
    json.only("version", "label", "label_rule", "weight", "domain", "domains", "fields");
    int version = json.integer("version", 1, Integer.MAX_VALUE);
    if (version != VERSION) {
      throw new InvalidInputException(
          "the schema has version " + version + "; this program reads " + VERSION);
    }
    List<String> domains = new ArrayList<>();
    for (JsonNode name : json.list("domains")) {
      if (!name.isTextual()) {
        throw new InvalidInputException("the schema's \"domains\" must be texts, not " + name);
      }
      domains.add(name.textValue());
    }
    List<Field> fields = new ArrayList<>();
    for (JsonNode node : json.list("fields")) {
      fields.add(field(node, fields.size()));
    }
    return new Schema(
        json.text("label"),
        json.text("label_rule"),
        json.optionalText("weight"),
        json.text("domain"),
        domains,
        fields);
  }

  private static Field field(JsonNode node, int index) {
    String name = new JsonObject(node, "field " + index + " of the schema").text("name");
    JsonObject json = new JsonObject(node, "field '" + name + "'");
    String kind = json.text("kind");
    OptionalInt width = json.optionalInteger("embedding_width", 1, Field.MAX_WIDTH);
    switch (kind) {
      case "categorical" -> {
        json.only("name", "kind", "id_count", "ids", "embedding_width");
        return new Field.Categorical(name, idCount(json), ids(json), width);
      }
      case "multi_valued" -> {
        json.only("name", "kind", "id_count", "ids", "separator", "pooling", "embedding_width");
        return new Field.MultiValued(
            name, idCount(json), ids(json), json.text("separator"), pooling(json), width);
      }
      case "numeric" -> {
        json.only("name", "kind", "transform", "embedding_width");
        return new Field.Numeric(name, transform(json.object("transform")), width);
      }
      case "pretrained" -> {
        json.only("name", "kind", "id_count", "ids", "width", "trained");
        int w = json.integer("width", 1, Field.MAX_WIDTH);
        return new Field.Pretrained(name, idCount(json), ids(json), w, json.flag("trained"));
      }
      default ->
          throw json.bad(
              "kind",
              "'" + kind + "' is not one of categorical, multi_valued, numeric, pretrained");
    }
  }

  private static int idCount(JsonObject json) {
    return json.integer("id_count", 1, Integer.MAX_VALUE);
  }

  private static Pooling pooling(JsonObject json) {
    String text = json.text("pooling");
    for (Pooling pooling : Pooling.values()) {
      if (EnumLabel.of(pooling).equals(text)) {
        return pooling;
      }
    }
    throw json.bad("pooling", "'" + text + "' is not one of mean, sum");
  }

  private static Field.IdRule ids(JsonObject json) {
    JsonObject rule = json.object("ids");
    String name = rule.text("rule");
    switch (name) {
      case "vocabulary" -> {
        rule.only("rule");
        return new Field.IdRule.Vocabulary();
      }
      case "hashed" -> {
        rule.only("rule");
        return new Field.IdRule.Hashed();
      }
      case "buckets" -> {
        rule.only("rule", "boundaries", "numbers");
        boolean rounded = rule.optionalText("numbers").isEmpty();
        if (!rounded && !rule.text("numbers").equals(NUMBERS)) {
          throw rule.bad("numbers", "'" + rule.text("numbers") + "' is not " + NUMBERS);
        }
        List<Double> boundaries = new ArrayList<>();
        for (JsonNode value : rule.list("boundaries")) {
          if (!value.isNumber()) {
            throw rule.bad("boundaries", "must be numbers, not " + value);
          }
          boundaries.add(rounded ? beforeRounding(value.doubleValue()) : value.doubleValue());
        }
        return new Field.IdRule.Buckets(boundaries);
      }
      default -> throw rule.bad("rule", "'" + name + "' is not one of vocabulary, hashed, buckets");
    }
  }

  /**
   * The least number that rounds to a float32 of at least the boundary: where a schema does not say
   * what numbers are compared, they were rounded before.
   */
  private static double beforeRounding(double boundary) {
    double middle = (Math.nextDown((float) boundary) + boundary) / 2;
    return (float) middle >= boundary ? middle : Math.nextUp(middle);
  }

  private static Field.NumberRule transform(JsonObject rule) {
    String name = rule.text("rule");
    switch (name) {
      case "raw" -> {
        rule.only("rule");
        return new Field.NumberRule.Raw();
      }
      case "log1p" -> {
        rule.only("rule");
        return new Field.NumberRule.Log1p();
      }
      case "standardised" -> {
        rule.only("rule", "mean", "deviation");
        return new Field.NumberRule.Standardised(rule.number("mean"), rule.number("deviation"));
      }
      default -> throw rule.bad("rule", "'" + name + "' is not one of raw, log1p, standardised");
    }
  }

  /** The schema as a JSON tree, keys in a fixed order. */
  public static ObjectNode toJson(Schema schema) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", VERSION);
    root.put("label", schema.label());
    root.put("label_rule", schema.labelRule());
    schema.weight().ifPresent(column -> root.put("weight", column));
    root.put("domain", schema.domain());
    ArrayNode domains = root.putArray("domains");
    schema.domains().forEach(domains::add);
    ArrayNode fields = root.putArray("fields");
    schema.fields().forEach(f -> write(f, fields.addObject()));
    return root;
  }

  private static void write(Field field, ObjectNode node) {
    node.put("name", field.name());
    if (field instanceof Field.Categorical f) {
      node.put("kind", "categorical").put("id_count", f.idCount());
      write(f.ids(), node.putObject("ids"));
    } else if (field instanceof Field.MultiValued f) {
      node.put("kind", "multi_valued").put("id_count", f.idCount());
      write(f.ids(), node.putObject("ids"));
      node.put("separator", f.separator()).put("pooling", EnumLabel.of(f.pooling()));
    } else if (field instanceof Field.Numeric f) {
      node.put("kind", "numeric");
      write(f.transform(), node.putObject("transform"));
    } else if (field instanceof Field.Pretrained f) {
      node.put("kind", "pretrained").put("id_count", f.idCount());
      write(f.ids(), node.putObject("ids"));
      node.put("width", f.width()).put("trained", f.trained());
      return;
    }
    field.embeddingWidth().ifPresent(w -> node.put("embedding_width", w));
  }

  private static void write(Field.IdRule rule, ObjectNode node) {
    if (rule instanceof Field.IdRule.Buckets buckets) {
      node.put("rule", "buckets");
      ArrayNode boundaries = node.putArray("boundaries");
      buckets.boundaries().forEach(boundaries::add);
      node.put("numbers", NUMBERS);
    } else {
      node.put("rule", rule instanceof Field.IdRule.Hashed ? "hashed" : "vocabulary");
    }
  }

  private static void write(Field.NumberRule rule, ObjectNode node) {
    if (rule instanceof Field.NumberRule.Standardised s) {
      node.put("rule", "standardised").put("mean", s.mean()).put("deviation", s.deviation());
    } else {
      node.put("rule", rule instanceof Field.NumberRule.Log1p ? "log1p" : "raw");
    }
  }
}
