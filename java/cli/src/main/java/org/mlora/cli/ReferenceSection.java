package org.mlora.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.mlora.error.InvalidInputException;

/**
 * One section of a configuration of the published code: its values by key, and which of them were
 * used. A value that is missing or cannot be used is one error that names file and key.
 */
final class ReferenceSection {
  private final Path file;
  private final String name;
  private final JsonNode json;
  private final Map<String, Optional<String>> seen = new LinkedHashMap<>();

  /**
   * Begins with a section.
   *
   * @throws InvalidInputException where the file has no such section
   */
  ReferenceSection(Path file, JsonNode root, String name) {
    this.file = file;
    this.name = name;
    this.json = root.path(name);
    if (!json.isObject()) {
      throw new InvalidInputException(
          file + ": section '" + name + "' is missing or no JSON object; the file needs one");
    }
  }

  boolean has(String key) {
    return json.has(key);
  }

  String text(String key) {
    return value(key, JsonNode::isTextual, "a text").textValue();
  }

  boolean flag(String key) {
    return value(key, JsonNode::isBoolean, "true or false").booleanValue();
  }

  /** The flag, false where the key is absent. */
  boolean flagIfPresent(String key) {
    return has(key) && flag(key);
  }

  int count(String key) {
    int value = whole(key);
    require(key, value >= 1, "a whole number of 1 or more");
    return value;
  }

  int whole(String key) {
    return value(key, v -> v.isIntegralNumber() && v.canConvertToInt(), "a whole number")
        .intValue();
  }

  /** A number as it is written. */
  String number(String key, Predicate<Double> range, String expected) {
    JsonNode value = value(key, JsonNode::isNumber, expected);
    require(key, range.test(value.doubleValue()), expected);
    return value.asText();
  }

  /** Whole numbers of 1 or more, separated by commas. */
  String counts(String key) {
    String expected = "a list of whole numbers of 1 or more";
    List<String> parts = new ArrayList<>();
    for (JsonNode part : value(key, v -> v.isArray() && !v.isEmpty(), expected)) {
      require(key, part.isIntegralNumber() && part.canConvertToInt(), expected);
      require(key, part.intValue() >= 1, expected);
      parts.add(part.asText());
    }
    return String.join(",", parts);
  }

  private JsonNode value(String key, Predicate<JsonNode> type, String expected) {
    seen.put(key, Optional.empty());
    if (!has(key)) {
      throw new InvalidInputException(
          file + ": " + name + "." + key + " is missing; it must be " + expected);
    }
    require(key, type.test(json.path(key)), expected);
    return json.path(key);
  }

  private void require(String key, boolean condition, String expected) {
    if (!condition) {
      throw refuse(key, "it must be " + expected);
    }
  }

  /** An error about the value of a key. */
  InvalidInputException refuse(String key, String what) {
    return new InvalidInputException(
        file + ": " + name + "." + key + " is " + json.path(key) + "; " + what);
  }

  /** Says that a key, where it is present, has no effect, and why. */
  void ignore(String key, String why) {
    seen.put(key, Optional.of(why));
  }

  /**
   * A line for each key that has no effect, in the order of the file.
   *
   * @throws InvalidInputException for a key that was neither used nor ignored
   */
  List<String> ignored() {
    List<String> lines = new ArrayList<>();
    json.fieldNames()
        .forEachRemaining(
            key -> {
              Optional<String> why = seen.get(key);
              if (why == null) {
                throw new InvalidInputException(file + ": " + unknown(key));
              }
              why.ifPresent(
                  reason -> lines.add(file + ": " + name + "." + key + " is ignored: " + reason));
            });
    return lines;
  }

  private String unknown(String key) {
    return name
        + "."
        + key
        + " is no key of the published code; "
        + CloseWord.to(key, List.copyOf(seen.keySet()))
            .map(word -> "did you mean '" + word + "'?")
            .orElse("remove it");
  }
}
