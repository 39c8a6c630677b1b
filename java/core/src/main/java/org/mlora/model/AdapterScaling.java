package org.mlora.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.mlora.error.InvalidInputException;

/**
 * What the product x A_d B_d of an adapter of rank r is multiplied with.
 *
 * @param numerator what LoRA calls alpha (this project's alpha sets ranks); above 0
 */
public record AdapterScaling(Rule rule, double numerator) {
  /** Nothing, as in MLoRA. */
  public static final AdapterScaling NONE = new AdapterScaling(Rule.NONE, 1);

  /** How it depends on the rank. */
  public enum Rule {
    /** 1. */
    NONE,
    /** numerator / r (LoRA, ICLR 2022, section 4.1). */
    RANK,
    /** numerator / sqrt(r) (rank-stabilized LoRA, arXiv 2312.03732). */
    ROOT_RANK
  }

  /**
   * Checks the numerator.
   *
   * @throws InvalidInputException when it is not a number above 0
   */
  public AdapterScaling {
    if (!(numerator > 0 && numerator < Double.POSITIVE_INFINITY)) {
      throw new InvalidInputException(
          "the adapters' scaling has numerator " + numerator + "; it must be above 0");
    }
  }

  /** The factor for a rank. */
  public double of(int rank) {
    return switch (rule) {
      case NONE -> 1;
      case RANK -> numerator / rank;
      case ROOT_RANK -> numerator / Math.sqrt(rank);
    };
  }

  /** {@code none}, {@code rank:16.0} or {@code root_rank:16.0}. */
  @Override
  public String toString() {
    return rule == Rule.NONE ? word(rule) : word(rule) + ":" + numerator;
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws InvalidInputException when it is something else
   */
  public static AdapterScaling parse(String text) {
    int colon = text.indexOf(':');
    String word = colon < 0 ? text : text.substring(0, colon);
    for (Rule rule : Rule.values()) {
      if (word(rule).equals(word) && (colon < 0) == (rule == Rule.NONE)) {
        return rule == Rule.NONE ? NONE : new AdapterScaling(rule, number(text, colon + 1));
      }
    }
    throw unreadable(text);
  }

  private static double number(String text, int from) {
    try {
      return Double.parseDouble(text.substring(from));
    } catch (NumberFormatException e) {
      throw unreadable(text);
    }
  }

  private static InvalidInputException unreadable(String text) {
    return new InvalidInputException(
        "the adapters' scaling is '"
            + text
            + "'; it must be "
            + Arrays.stream(Rule.values())
                .map(rule -> rule == Rule.NONE ? word(rule) : word(rule) + ":NUMBER")
                .collect(Collectors.joining(", ")));
  }

  private static String word(Rule rule) {
    return rule.name().toLowerCase(Locale.ROOT);
  }
}
