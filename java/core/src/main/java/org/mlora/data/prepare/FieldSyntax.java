package org.mlora.data.prepare;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.mlora.data.Field;
import org.mlora.data.prepare.FieldRequest.Kind;
import org.mlora.data.prepare.FieldRequest.Transform;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Pooling;

/** The language of {@code --fields}. */
public final class FieldSyntax {
  /** For command help. */
  public static final String HELP =
      "name[:kind][@width] where kind is categorical (default), hashed(ROWS), multi(SEPARATOR"
          + "[,mean|sum]), numeric(standardise|log1p|raw|bucketise=N), or"
          + " pretrained(FILE.npy,IDS.txt[,trained])";

  private FieldSyntax() {}

  static FieldRequest parse(String text) {
    int colon = text.indexOf(':');
    String rest = colon < 0 ? text : text.substring(colon);
    OptionalInt width = OptionalInt.empty();
    int at = rest.lastIndexOf('@');
    if (at > rest.lastIndexOf(')')) {
      width = OptionalInt.of(number(text, rest.substring(at + 1), 1, Field.MAX_WIDTH));
      rest = rest.substring(0, at);
    }
    String name = colon < 0 ? rest : text.substring(0, colon);
    if (name.isBlank()) {
      throw bad(text, "has no name");
    }
    Kind kind = colon < 0 ? new Kind.Categorical() : kind(text, rest.substring(1));
    if (width.isPresent() && kind instanceof Kind.Pretrained) {
      throw bad(text, "has a width, which is that of its file; leave @ out");
    }
    return new FieldRequest(name.strip(), kind, width);
  }

  private static Kind kind(String text, String kind) {
    String word = kind;
    List<String> arguments = List.of();
    int open = kind.indexOf('(');
    int equals = kind.indexOf('=');
    if (open >= 0 && kind.endsWith(")")) {
      word = kind.substring(0, open);
      arguments = split(kind.substring(open + 1, kind.length() - 1), ',');
    } else if (equals >= 0) {
      word = kind.substring(0, equals);
      arguments = split(kind.substring(equals + 1), ',');
    }
    return switch (word.strip()) {
      case "categorical" -> {
        count(text, arguments, 0, 0);
        yield new Kind.Categorical();
      }
      case "hashed" -> {
        count(text, arguments, 1, 1);
        yield new Kind.Hashed(number(text, arguments.get(0), 2, Integer.MAX_VALUE));
      }
      case "multi" -> {
        count(text, arguments, 1, 2);
        yield multi(text, arguments);
      }
      case "numeric" -> {
        count(text, arguments, 0, 1);
        yield numeric(text, arguments.isEmpty() ? "standardise" : arguments.get(0).strip());
      }
      case "pretrained" -> {
        count(text, arguments, 2, 3);
        yield pretrained(text, arguments);
      }
      default -> throw bad(text, "is of no known kind");
    };
  }

  private static Kind multi(String text, List<String> arguments) {
    String separator = arguments.get(0);
    if (separator.isEmpty()) {
      throw bad(text, "has an empty separator");
    }
    String pooling = arguments.size() == 1 ? "mean" : arguments.get(1).strip();
    return switch (pooling) {
      case "mean" -> new Kind.Multi(separator, Pooling.MEAN);
      case "sum" -> new Kind.Multi(separator, Pooling.SUM);
      default -> throw bad(text, "is pooled by '" + pooling + "'");
    };
  }

  private static Kind numeric(String text, String transform) {
    if (transform.startsWith("bucketise=")) {
      return new Kind.Bucketised(number(text, transform.substring(10), 2, Integer.MAX_VALUE));
    }
    return switch (transform) {
      case "raw" -> new Kind.Numeric(Transform.RAW);
      case "log1p" -> new Kind.Numeric(Transform.LOG1P);
      case "standardise" -> new Kind.Numeric(Transform.STANDARDISE);
      default -> throw bad(text, "has the unknown transform '" + transform + "'");
    };
  }

  private static Kind pretrained(String text, List<String> arguments) {
    boolean trained = arguments.size() == 3;
    if (trained && !arguments.get(2).strip().equals("trained")) {
      throw bad(text, "has '" + arguments.get(2) + "' where only 'trained' may stand");
    }
    return new Kind.Pretrained(file(text, arguments.get(0)), file(text, arguments.get(1)), trained);
  }

  private static Path file(String text, String name) {
    try {
      return Path.of(name.strip());
    } catch (InvalidPathException e) {
      throw bad(text, "has '" + name + "' where the name of a file is needed");
    }
  }

  private static void count(String text, List<String> arguments, int least, int most) {
    if (arguments.size() < least || arguments.size() > most) {
      throw bad(text, "has " + arguments.size() + " arguments");
    }
  }

  private static int number(String text, String number, int least, int most) {
    try {
      int value = Integer.parseInt(number.strip());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw bad(text, "has '" + number + "' where a whole number is needed");
    }
    throw bad(text, "has " + number + " where " + least + " to " + most + " is needed");
  }

  /** Splits outside parentheses. */
  static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == separator && depth == 0) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static InvalidInputException bad(String text, String what) {
    return new InvalidInputException("field '" + text + "' " + what + "; write " + HELP);
  }
}
