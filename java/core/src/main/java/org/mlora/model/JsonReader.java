package org.mlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.mlora.error.InvalidInputException;

/** Reads typed values of one JSON object, and says which key is wrong. */
record JsonReader(JsonNode json, String where, String path) {
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

  List<String> words(String key, List<String> absent) {
    JsonNode value = json.path(key);
    if (value.isMissingNode()) {
      return absent;
    }
    if (!value.isArray()) {
      throw error(name(key) + " is " + value + "; it must be a list of words");
    }
    List<String> words = new ArrayList<>();
    value.forEach(word -> words.add(word.asText()));
    return words;
  }

  /** All its values, which are whole numbers. */
  Map<String, Integer> counts() {
    Map<String, Integer> counts = new TreeMap<>();
    json.fields().forEachRemaining(e -> counts.put(e.getKey(), integer(e.getKey(), e.getValue())));
    return counts;
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
