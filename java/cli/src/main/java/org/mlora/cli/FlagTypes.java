package org.mlora.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.mlora.data.EnumLabel;
import org.mlora.error.InvalidInputException;
import org.mlora.model.AdapterPlace;
import org.mlora.model.AdapterScaling;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the texts of flags become values; what is out of range never reaches a command. */
final class FlagTypes {
  private FlagTypes() {}

  private static TypeConversionException refuse(String text, String expected) {
    return new TypeConversionException("'" + text + "' is not " + expected);
  }

  private static long whole(String text, long least, String expected) {
    try {
      long value = Long.parseLong(text.strip().replace("_", ""));
      if (value >= least) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw refuse(text, expected);
    }
    throw refuse(text, expected);
  }

  private static double number(String text, String expected) {
    try {
      double value = Double.parseDouble(text.strip());
      if (Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw refuse(text, expected);
    }
    throw refuse(text, expected);
  }

  /** 1, 2, 3, ... */
  static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      String expected = "a whole number of 1 or more";
      long value = whole(text, 1, expected);
      if (value > Integer.MAX_VALUE) {
        throw refuse(text, "a whole number below 2^31");
      }
      return (int) value;
    }
  }

  /** 0, 1, 2, ... below 2^31. */
  static final class CountOrZero implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      long value = whole(text, 0, "a whole number of 0 or more");
      if (value > Integer.MAX_VALUE) {
        throw refuse(text, "a whole number below 2^31");
      }
      return (int) value;
    }
  }

  /** 0, 1, 2, ... */
  static final class Seed implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      return whole(text, 0, "a whole number of 0 or more");
    }
  }

  /** Above 0. */
  static final class PositiveNumber implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      double value = number(text, "a number above 0, such as 1e-3");
      if (value <= 0) {
        throw refuse(text, "a number above 0, such as 1e-3");
      }
      return value;
    }
  }

  /** 0 or above. */
  static final class Penalty implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      double value = number(text, "a number of 0 or more");
      if (value < 0) {
        throw refuse(text, "a number of 0 or more");
      }
      return value;
    }
  }

  /** How adapters are scaled. */
  static final class Scaling implements ITypeConverter<AdapterScaling> {
    @Override
    public AdapterScaling convert(String text) {
      try {
        return AdapterScaling.parse(text.strip());
      } catch (InvalidInputException e) {
        throw refuse(text, "none, rank:NUMBER or root_rank:NUMBER with a number above 0");
      }
    }
  }

  /** Layers that adapters are on. */
  record PlaceSet(Set<AdapterPlace> values) {
    @Override
    public String toString() {
      return values.stream().map(AdapterPlace::label).collect(Collectors.joining(","));
    }
  }

  /** Layers, separated by commas; all: every one. */
  static final class Places implements ITypeConverter<PlaceSet> {
    @Override
    public PlaceSet convert(String text) {
      if (text.strip().equals("all")) {
        return new PlaceSet(EnumSet.allOf(AdapterPlace.class));
      }
      Set<AdapterPlace> places = EnumSet.noneOf(AdapterPlace.class);
      for (String word : text.split(",", -1)) {
        places.add(word(word, AdapterPlace.class));
      }
      return new PlaceSet(places);
    }
  }

  /** In [0, 1). */
  static final class Dropout implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      String expected = "a share to drop: 0 or more and below 1";
      double value = number(text, expected);
      if (value < 0 || value >= 1) {
        throw refuse(text, expected);
      }
      return value;
    }
  }

  /** Whole numbers of 1 or more, separated by commas. */
  static final class Widths implements ITypeConverter<WidthList> {
    @Override
    public WidthList convert(String text) {
      List<Integer> widths = new ArrayList<>();
      for (String part : text.split(",", -1)) {
        long width = whole(part, 1, "a list of whole numbers of 1 or more, such as 256,128,64");
        if (width > 1 << 20) {
          throw refuse(text, "a list of widths up to 1048576");
        }
        widths.add((int) width);
      }
      return new WidthList(widths);
    }
  }

  /** Sizes of layers. Its own type, because picocli splits a List. */
  record WidthList(List<Integer> values) {
    WidthList {
      values = List.copyOf(values);
    }

    @Override
    public String toString() {
      return values.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
  }

  /** A time such as 30s, 5m or 1h; a number alone counts seconds. */
  static final class Time implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Matcher matcher = Pattern.compile("(\\d{1,6})(s|m|h|)").matcher(text.strip());
      if (!matcher.matches()) {
        throw refuse(text, "a time, such as 30s, 5m or 1h");
      }
      long count = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "m" -> Duration.ofMinutes(count);
        case "h" -> Duration.ofHours(count);
        default -> Duration.ofSeconds(count);
      };
    }
  }

  /** A path, as the shell gave it. */
  static final class File implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      try {
        if (!text.isEmpty()) {
          return Path.of(text);
        }
      } catch (InvalidPathException e) {
        throw refuse(text, "a path");
      }
      throw refuse(text, "a path");
    }
  }

  /** The words for a closed set of values: their {@link EnumLabel}s. */
  static <E extends Enum<?>> E word(String text, Class<E> type) {
    return word(text, List.of(type.getEnumConstants()));
  }

  /** The value of that word, where it is one of these. */
  static <E extends Enum<?>> E word(String text, List<E> values) {
    return values.stream()
        .filter(value -> EnumLabel.of(value).equals(text.strip()))
        .findFirst()
        .orElseThrow(() -> unknown(text, values.stream().map(EnumLabel::of).toList()));
  }

  /** The word, where it is one of these. */
  static String oneOf(String text, List<String> words) {
    if (words.contains(text.strip())) {
      return text.strip();
    }
    throw unknown(text, words);
  }

  private static TypeConversionException unknown(String text, List<String> words) {
    return refuse(
        text,
        "one of "
            + String.join(", ", words)
            + CloseWord.to(text, words).map(w -> "; did you mean '" + w + "'?").orElse(""));
  }
}
