package org.mlora.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Predicate;
import org.mlora.error.InvalidInputException;

/** Typed values of a JSON object; what is missing or mistyped is one clear error. */
record JsonFields(JsonNode json, String where) {
  JsonFields {
    if (!json.isObject()) {
      throw new InvalidInputException(where + " is missing or no JSON object");
    }
  }

  JsonFields object(String key) {
    return new JsonFields(json.path(key), where + "." + key);
  }

  String text(String key) {
    return value(key, JsonNode::isTextual, "text").textValue();
  }

  double number(String key) {
    return value(key, JsonNode::isNumber, "a number").doubleValue();
  }

  /** A number that may be undefined: null reads as NaN. */
  double optionalNumber(String key) {
    JsonNode value = value(key, v -> v.isNumber() || v.isNull(), "a number or null");
    return value.isNull() ? Double.NaN : value.doubleValue();
  }

  int integer(String key) {
    return value(key, v -> v.isIntegralNumber() && v.canConvertToInt(), "a whole number")
        .intValue();
  }

  long whole(String key) {
    return value(key, v -> v.isIntegralNumber() && v.canConvertToLong(), "a whole number")
        .longValue();
  }

  boolean flag(String key) {
    return value(key, JsonNode::isBoolean, "true or false").booleanValue();
  }

  JsonNode list(String key) {
    return value(key, JsonNode::isArray, "a list");
  }

  /** A constant of an enum, in lower case, with - or _ between words. */
  <E extends Enum<E>> E choice(String key, Class<E> type) {
    String text = text(key);
    return Arrays.stream(type.getEnumConstants())
        .filter(e -> e.name().equals(text.toUpperCase(Locale.ROOT).replace('-', '_')))
        .findFirst()
        .orElseThrow(() -> new InvalidInputException(where + "." + key + " is '" + text + "'"));
  }

  private JsonNode value(String key, Predicate<JsonNode> type, String expected) {
    JsonNode value = json.path(key);
    if (!type.test(value)) {
      throw new InvalidInputException(
          where
              + "."
              + key
              + " must be "
              + expected
              + (value.isMissingNode() ? " but is missing" : ", not " + value));
    }
    return value;
  }
}
