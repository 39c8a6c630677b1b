package org.mlora.data.prepare;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mlora.error.InvalidInputException;

/** Which row belongs to which part. */
public sealed interface SplitRule {
  /**
   * Random, in these percentages within every domain and label.
   *
   * @param seed the same seed gives the same parts
   */
  record Stratified(int train, int validation, int test, long seed) implements SplitRule {
    /**
     * Checks the percentages.
     *
     * @throws InvalidInputException when they do not add up to 100, or none are for training
     */
    public Stratified {
      requireShares(train, validation, test);
    }

    /** The same percentages in the order of time. */
    public ByTime byTime(String column) {
      return new ByTime(column, train, validation, test);
    }
  }

  /**
   * In the order of a column, the earliest rows for training and the latest for testing: these
   * percentages of all rows of the input, rows of one time in one part.
   *
   * @param column numbers, or dates and times, see {@link org.mlora.data.table.TimeText}
   */
  record ByTime(String column, int train, int validation, int test) implements SplitRule {
    /**
     * Checks the percentages.
     *
     * @throws InvalidInputException when they do not add up to 100, or none are for training
     */
    public ByTime {
      requireShares(train, validation, test);
    }
  }

  /** Given by a column: 0 or train, 1 or validation or val, 2 or test. */
  record ByColumn(String column) implements SplitRule {}

  private static void requireShares(int train, int validation, int test) {
    if (train < 1 || validation < 0 || test < 0 || train + validation + test != 100) {
      throw new InvalidInputException(
          "split "
              + train
              + "/"
              + validation
              + "/"
              + test
              + " must add up to 100, with rows to train on; for example 60/20/20");
    }
  }

  /** Reads percentages such as {@code 60/20/20}. */
  static Stratified parse(String text, long seed) {
    Matcher matcher = Pattern.compile("(\\d{1,3})/(\\d{1,3})/(\\d{1,3})").matcher(text.strip());
    if (!matcher.matches()) {
      throw new InvalidInputException("split '" + text + "' is not of the form 60/20/20");
    }
    return new Stratified(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)),
        seed);
  }
}
