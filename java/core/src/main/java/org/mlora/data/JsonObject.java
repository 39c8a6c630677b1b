package org.mlora.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.mlora.error.InvalidInputException;

/**
 * An object of JSON: its values by kind. One that is missing or of another kind is an {@link
 * InvalidInputException} of one line that names the key.
 *
 * @param where begins every message: the file, or what of it the object is
 * @param path the key of the object, after those of the objects around it; empty for the outermost
 */
public record JsonObject(JsonNode node, String where, String path) {
  private static final String WHOLE = "a whole number";

  /**
   * Takes a node.
   *
   * @throws InvalidInputException when it is missing or no object
   */
  public JsonObject {
    if (!node.isObject()) {
      throw new InvalidInputException(
          where
              + ": "
              + (path.isEmpty() ? "the content" : path)
              + (node.isMissingNode() ? " is missing; it must be" : " is not")
              + " a JSON object");
    }
  }

  /** An outermost object. */
  public JsonObject(JsonNode node, String where) {
    this(node, where, "");
  }

  /** An error about the object. */
  public InvalidInputException error(String message) {
    return new InvalidInputException(where + ": " + message);
  }

  /** An error about the value of a key. */
  public InvalidInputException bad(String key, String what) {
    return error(name(key) + " " + what);
  }

  /** Refuses other keys. */
  public void only(String... keys) {
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!List.of(keys).contains(name)) {
        throw bad(name, "is not known; known keys: " + String.join(", ", keys));
      }
    }
  }

  /** Whether the key is there, be it with null. */
  public boolean has(String key) {
    return node.has(key);
  }

  /** The text of a key. */
  public String text(String key) {
    return value(key, JsonNode::isTextual, "a text").textValue();
  }

  /** The text, or {@code absent} where the key is not there. */
  public String text(String key, String absent) {
    return has(key) ? text(key) : absent;
  }

  /** The text, where the key is there and not null. */
  public Optional<String> optionalText(String key) {
    return node.hasNonNull(key) ? Optional.of(text(key)) : Optional.empty();
  }

  /** A whole number of 32 bits. */
  public int integer(String key) {
    return value(key, JsonObject::isInteger, WHOLE).intValue();
  }

  /** A whole number of 32 bits, or {@code absent} where the key is not there. */
  public int integer(String key, int absent) {
    return has(key) ? integer(key) : absent;
  }

  /** The number, from {@code least} to {@code most}. */
  public int integer(String key, int least, int most) {
    int number = integer(key);
    if (number < least || number > most) {
      throw bad(key, "is " + number + "; it must be from " + least + " to " + most);
    }
    return number;
  }

  /** The number, where the key is there and not null. */
  public OptionalInt optionalInteger(String key, int least, int most) {
    return node.hasNonNull(key) ? OptionalInt.of(integer(key, least, most)) : OptionalInt.empty();
  }

  /** A whole number of 64 bits. */
  public long whole(String key) {
    return value(key, v -> v.isIntegralNumber() && v.canConvertToLong(), WHOLE).longValue();
  }

  /** The number of a key. */
  public double number(String key) {
    return value(key, JsonNode::isNumber, "a number").doubleValue();
  }

  /** The number, or {@code absent} where the key is not there. */
  public double number(String key, double absent) {
    return has(key) ? number(key) : absent;
  }

  /** A number that may be undefined: null reads as NaN. */
  public double numberOrNaN(String key) {
    JsonNode value = value(key, v -> v.isNumber() || v.isNull(), "a number or null");
    return value.isNull() ? Double.NaN : value.doubleValue();
  }

  /** Puts what {@link #numberOrNaN} reads; infinite is undefined too, as JSON has neither. */
  public static void putNumber(ObjectNode json, String key, double value) {
    if (Double.isFinite(value)) {
      json.put(key, value);
    } else {
      json.putNull(key);
    }
  }

  /** Whether the key says true. */
  public boolean flag(String key) {
    return value(key, JsonNode::isBoolean, "true or false").booleanValue();
  }

  /** Whether the key says true, or {@code absent} where it is not there. */
  public boolean flag(String key, boolean absent) {
    return has(key) ? flag(key) : absent;
  }

  /** A constant of an enum, in lower case, with - or _ between words. */
  public <E extends Enum<E>> E choice(String key, Class<E> type) {
    String text = text(key);
    return Stream.of(type.getEnumConstants())
        .filter(e -> e.name().equals(text.toUpperCase(Locale.ROOT).replace('-', '_')))
        .findFirst()
        .orElseThrow(() -> mustBe(key, "one of " + words(type)));
  }

  private static <E extends Enum<E>> String words(Class<E> type) {
    List<String> words = Stream.of(type.getEnumConstants()).map(EnumLabel::of).toList();
    return String.join(", ", words);
  }

  /** The list of a key, its elements of any kind. */
  public JsonNode list(String key) {
    return value(key, JsonNode::isArray, "a list");
  }

  /** A list of whole numbers of 32 bits, or {@code absent} where the key is not there. */
  public List<Integer> integers(String key, List<Integer> absent) {
    if (!has(key)) {
      return absent;
    }
    List<Integer> integers = new ArrayList<>();
    for (JsonNode each : list(key)) {
      if (!isInteger(each)) {
        throw bad(key, "holds " + each + "; it must be a list of whole numbers");
      }
      integers.add(each.intValue());
    }
    return integers;
  }

  /** A list of texts, or {@code absent} where the key is not there. */
  public List<String> words(String key, List<String> absent) {
    if (!has(key)) {
      return absent;
    }
    List<String> words = new ArrayList<>();
    list(key).forEach(word -> words.add(word.asText()));
    return words;
  }

  /** The object of a key. */
  public JsonObject object(String key) {
    return new JsonObject(node.path(key), where, name(key));
  }

  /** The objects of a list. */
  public List<JsonObject> objects(String key) {
    List<JsonObject> objects = new ArrayList<>();
    list(key).forEach(each -> objects.add(new JsonObject(each, where, name(key))));
    return objects;
  }

  /** The object, one without keys where it is absent. */
  public JsonObject objectOrEmpty(String key) {
    return has(key)
        ? object(key)
        : new JsonObject(JsonNodeFactory.instance.objectNode(), where, name(key));
  }

  /** All its values, which are whole numbers, by key. */
  public Map<String, Integer> counts() {
    Map<String, Integer> counts = new TreeMap<>();
    node.fieldNames().forEachRemaining(key -> counts.put(key, integer(key)));
    return counts;
  }

  /** All its values as text, by key; of a list, its parts separated by commas. */
  public Map<String, String> texts() {
    Map<String, String> texts = new TreeMap<>();
    node.fields()
        .forEachRemaining(
            entry -> {
              JsonNode value = entry.getValue();
              List<String> parts = new ArrayList<>();
              (value.isArray() ? value : List.of(value)).forEach(v -> parts.add(v.asText()));
              texts.put(entry.getKey(), String.join(",", parts));
            });
    return texts;
  }

  private JsonNode value(String key, Predicate<JsonNode> kind, String expected) {
    JsonNode value = node.path(key);
    if (!kind.test(value)) {
      throw mustBe(key, expected);
    }
    return value;
  }

  private InvalidInputException mustBe(String key, String expected) {
    String found = has(key) ? "is " + node.get(key) : "is missing";
    return bad(key, found + "; it must be " + expected);
  }

  private static boolean isInteger(JsonNode value) {
    return value.isIntegralNumber() && value.canConvertToInt();
  }

  private String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
