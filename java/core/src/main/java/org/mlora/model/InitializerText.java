package org.mlora.model;

import java.util.Locale;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;

/**
 * Initializers as text, in flags and JSON: {@code zeros}, {@code constant:0.1}, {@code
 * uniform:0.05}, {@code normal:0.01}, {@code truncated_normal:0.05}, {@code glorot_uniform}, {@code
 * glorot_normal}, {@code xavier_normal}; the last three with {@code :domains} multiply fans by the
 * domains (Q12).
 */
public final class InitializerText {
  private static final String KNOWN =
      "zeros, constant:X, uniform:LIMIT, normal:SD, truncated_normal:SD, glorot_uniform,"
          + " glorot_normal, xavier_normal (the last three also with ':domains')";

  private InitializerText() {}

  /**
   * Reads what {@link #format} writes.
   *
   * @throws InvalidInputException when the text is none of the known forms
   */
  public static Initializer parse(String text) {
    int colon = text.indexOf(':');
    String name = (colon < 0 ? text : text.substring(0, colon)).trim().toLowerCase(Locale.ROOT);
    String argument = colon < 0 ? "" : text.substring(colon + 1).trim();
    return switch (name) {
      case "zeros" -> {
        if (colon >= 0) {
          throw unknown(text);
        }
        yield new Initializer.Zeros();
      }
      case "constant" -> new Initializer.Constant(number(text, argument));
      case "uniform" -> new Initializer.Uniform(spread(text, argument));
      case "normal" -> new Initializer.Normal(spread(text, argument));
      case "truncated_normal" -> new Initializer.TruncatedNormal(spread(text, argument));
      case "glorot_uniform" -> new Initializer.GlorotUniform(timesDomains(text, colon, argument));
      case "glorot_normal" -> new Initializer.GlorotNormal(timesDomains(text, colon, argument));
      case "xavier_normal" -> new Initializer.XavierNormal(timesDomains(text, colon, argument));
      default -> throw unknown(text);
    };
  }

  /** Writes an initializer as text. */
  public static String format(Initializer initializer) {
    if (initializer instanceof Initializer.Zeros) {
      return "zeros";
    } else if (initializer instanceof Initializer.Constant i) {
      return "constant:" + i.value();
    } else if (initializer instanceof Initializer.Uniform i) {
      return "uniform:" + i.limit();
    } else if (initializer instanceof Initializer.Normal i) {
      return "normal:" + i.standardDeviation();
    } else if (initializer instanceof Initializer.TruncatedNormal i) {
      return "truncated_normal:" + i.standardDeviation();
    } else if (initializer instanceof Initializer.GlorotUniform i) {
      return "glorot_uniform" + (i.fansTimesDomains() ? ":domains" : "");
    } else if (initializer instanceof Initializer.GlorotNormal i) {
      return "glorot_normal" + (i.fansTimesDomains() ? ":domains" : "");
    } else if (initializer instanceof Initializer.XavierNormal i) {
      return "xavier_normal" + (i.fansTimesDomains() ? ":domains" : "");
    }
    throw new IllegalArgumentException("no text for " + initializer);
  }

  private static boolean timesDomains(String text, int colon, String argument) {
    if (colon >= 0 && !argument.equals("domains")) {
      throw unknown(text);
    }
    return colon >= 0;
  }

  private static double spread(String text, String argument) {
    double value = number(text, argument);
    if (value < 0) {
      throw new InvalidInputException("initializer '" + text + "': the number must be 0 or more");
    }
    return value;
  }

  private static double number(String text, String argument) {
    double value;
    try {
      value = Double.parseDouble(argument);
    } catch (NumberFormatException e) {
      throw unknown(text);
    }
    if (!Double.isFinite(value)) {
      throw unknown(text);
    }
    return value;
  }

  private static InvalidInputException unknown(String text) {
    return new InvalidInputException("initializer '" + text + "' is not one of: " + KNOWN);
  }
}
