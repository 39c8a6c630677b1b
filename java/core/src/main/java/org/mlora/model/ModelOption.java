package org.mlora.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.mlora.data.EnumLabel;
import org.mlora.error.InvalidInputException;

/**
 * A setting that only some models have, declared by the file of the model; its value is text in
 * {@link ModelSpec#options}.
 *
 * @param <T> Integer, Double, Boolean, an enum, or a list of integers or names
 */
public final class ModelOption<T> {
  private final String name;
  private final String absent;
  private final String description;
  private final String allowed;
  private final Function<String, T> parser;

  private ModelOption(
      String name, String absent, String description, String allowed, Function<String, T> parser) {
    this.name = name;
    this.absent = absent;
    this.description = description;
    this.allowed = allowed;
    this.parser = parser;
  }

  /** A whole number of at least {@code least}. */
  public static ModelOption<Integer> whole(String name, int absent, int least, String description) {
    return new ModelOption<>(
        name,
        Integer.toString(absent),
        description,
        "a whole number of at least " + least,
        text -> atLeast(least, text));
  }

  /** Whole numbers of at least {@code least}, separated by commas; at least one. */
  public static ModelOption<List<Integer>> wholes(
      String name, List<Integer> absent, int least, String description) {
    return new ModelOption<>(
        name,
        absent.stream().map(String::valueOf).collect(Collectors.joining(",")),
        description,
        "whole numbers of at least " + least + ", separated by commas",
        text -> {
          List<Integer> numbers = new ArrayList<>();
          for (String part : text.split(",", -1)) {
            numbers.add(atLeast(least, part));
          }
          return List.copyOf(numbers);
        });
  }

  /** The same, or none where the text is empty. */
  public static ModelOption<List<Integer>> wholesOrNone(
      String name, List<Integer> absent, int least, String description) {
    ModelOption<List<Integer>> some = wholes(name, absent, least, description);
    return new ModelOption<>(
        name,
        some.absent,
        description,
        some.allowed + ", or nothing",
        text -> text.isEmpty() ? List.of() : some.parser.apply(text));
  }

  /** Names separated by commas, perhaps none. */
  public static ModelOption<List<String>> names(String name, String description) {
    return new ModelOption<>(
        name,
        "",
        description,
        "names separated by commas",
        text -> {
          List<String> names = new ArrayList<>();
          for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            if (part.isBlank()) {
              throw new IllegalArgumentException();
            }
            names.add(part.trim());
          }
          return List.copyOf(names);
        });
  }

  /** A finite number above 0. */
  public static ModelOption<Double> positive(String name, double absent, String description) {
    return new ModelOption<>(
        name,
        Double.toString(absent),
        description,
        "a number above 0",
        text -> {
          double value = Double.parseDouble(text);
          if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new NumberFormatException();
          }
          return value;
        });
  }

  /** A finite number of at least 0, such as a penalty lambda. */
  public static ModelOption<Double> penalty(String name, double absent, String description) {
    return new ModelOption<>(
        name,
        Double.toString(absent),
        description,
        "a number of at least 0",
        text -> {
          double value = Double.parseDouble(text);
          if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new NumberFormatException();
          }
          return value;
        });
  }

  /** {@code true} or {@code false}. */
  public static ModelOption<Boolean> flag(String name, boolean absent, String description) {
    return new ModelOption<>(
        name,
        Boolean.toString(absent),
        description,
        "true or false",
        text -> {
          if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException();
          }
          return text.equals("true");
        });
  }

  /** One of the constants of an enum, written in lower case. */
  public static <E extends Enum<E>> ModelOption<E> choice(
      String name, E absent, Class<E> constants, String description) {
    String allowed =
        Arrays.stream(constants.getEnumConstants())
            .map(ModelOption::text)
            .collect(Collectors.joining(", "));
    return new ModelOption<>(
        name,
        text(absent),
        description,
        "one of " + allowed,
        text ->
            Arrays.stream(constants.getEnumConstants())
                .filter(constant -> EnumLabel.of(constant).equals(text))
                .findFirst()
                .orElseThrow(IllegalArgumentException::new));
  }

  /** Its name, in JSON and on the command line. */
  public String name() {
    return name;
  }

  /** The value of models that do not set it, as text. */
  public String absent() {
    return absent;
  }

  /** One line for people. */
  public String description() {
    return description;
  }

  /**
   * Its value in a spec of a model that has it among {@link Model#options}, those of the building
   * blocks that it uses too; in any other it is always the absent one.
   *
   * @throws InvalidInputException when the spec has a text that is not a value
   */
  public T of(ModelSpec spec) {
    return parse(spec.options().getOrDefault(name, absent));
  }

  /**
   * Reads its value.
   *
   * @throws InvalidInputException when the text is not a value
   */
  T parse(String text) {
    try {
      return parser.apply(text.trim());
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "option " + name + " is '" + text + "'; it must be " + allowed);
    }
  }

  /** One value, one text: what {@link #parse} read, written again. */
  String canonical(String text) {
    return text(parse(text));
  }

  private static String text(Object value) {
    if (value instanceof Enum<?> constant) {
      return EnumLabel.of(constant);
    } else if (value instanceof List<?> list) {
      return list.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
    return value.toString();
  }

  private static int atLeast(int least, String text) {
    int value = Integer.parseInt(text.trim());
    if (value < least) {
      throw new NumberFormatException();
    }
    return value;
  }
}
