package org.mlora.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.mlora.error.InvalidInputException;

/** An object node whose missing or mistyped values are one clear error. */
record Json(JsonNode node, String where) {
  Json {
    if (!node.isObject()) {
      throw new InvalidInputException(where + " must be a JSON object");
    }
  }

  InvalidInputException bad(String key, String what) {
    return new InvalidInputException(where + ": \"" + key + "\" " + what);
  }

  private JsonNode value(String key, String kind) {
    JsonNode value = node.get(key);
    if (value == null || value.isNull()) {
      throw bad(key, "is missing; it must be " + kind);
    }
    return value;
  }

  /** Refuses other keys. */
  void only(String... keys) {
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!List.of(keys).contains(name)) {
        throw bad(name, "is not known; the keys are " + String.join(", ", keys));
      }
    }
  }

  String text(String key) {
    JsonNode value = value(key, "a text");
    if (!value.isTextual()) {
      throw bad(key, "must be a text, not " + value);
    }
    return value.textValue();
  }

  int integer(String key, int least, int most) {
    JsonNode value = value(key, "a whole number");
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw bad(key, "must be a whole number, not " + value);
    }
    int number = value.intValue();
    if (number < least || number > most) {
      throw bad(key, "is " + number + "; it must be from " + least + " to " + most);
    }
    return number;
  }

  Optional<String> optionalText(String key) {
    return node.hasNonNull(key) ? Optional.of(text(key)) : Optional.empty();
  }

  OptionalInt optionalInteger(String key, int least, int most) {
    return node.hasNonNull(key) ? OptionalInt.of(integer(key, least, most)) : OptionalInt.empty();
  }

  double number(String key) {
    JsonNode value = value(key, "a number");
    if (!value.isNumber()) {
      throw bad(key, "must be a number, not " + value);
    }
    return value.doubleValue();
  }

  boolean truth(String key) {
    JsonNode value = value(key, "true or false");
    if (!value.isBoolean()) {
      throw bad(key, "must be true or false, not " + value);
    }
    return value.booleanValue();
  }

  JsonNode list(String key) {
    JsonNode value = value(key, "a list");
    if (!value.isArray()) {
      throw bad(key, "must be a list, not " + value);
    }
    return value;
  }

  Json object(String key) {
    return new Json(value(key, "an object"), where + ": \"" + key + "\"");
  }
}
