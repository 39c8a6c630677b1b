package org.mlora.data.prepare;

import java.nio.LongBuffer;

/**
 * Where the parts of rows in the order of time end. Rows of one time are in one part, that in which
 * the middle one of them falls.
 *
 * @param lastTrain the latest time of training rows
 * @param lastValidation the latest time of validation rows; those after it are test rows
 */
record TimeCuts(long lastTrain, long lastValidation) {
  private static final int DIGIT = 16;
  private static final int DIGITS = 1 << DIGIT;

  /** Cuts the times of all rows of the input. */
  static TimeCuts of(SplitRule.ByTime rule, LongBuffer times) {
    long rows = times.limit();
    return new TimeCuts(
        last(times, StratifiedDraw.share(rows, rule.train())),
        last(times, StratifiedDraw.share(rows, rule.train() + rule.validation())));
  }

  /** The part of a row. */
  int part(long time) {
    return time <= lastTrain ? 0 : time <= lastValidation ? 1 : 2;
  }

  /**
   * The latest time of the first {@code count} rows, found digit by digit, so that memory does not
   * grow with the rows.
   */
  private static long last(LongBuffer times, long count) {
    if (count == 0) {
      return Long.MIN_VALUE;
    }
    long rank = count - 1;
    long prefix = 0;
    long earlier = 0;
    long same = 0;
    for (int shift = Long.SIZE - DIGIT; shift >= 0; shift -= DIGIT) {
      long[] counts = new long[DIGITS];
      for (int row = 0; row < times.limit(); row++) {
        // As unsigned, the least is 0.
        long time = times.get(row) ^ Long.MIN_VALUE;
        if (shift + DIGIT == Long.SIZE || time >>> (shift + DIGIT) == prefix) {
          counts[(int) (time >>> shift) & (DIGITS - 1)]++;
        }
      }
      int digit = 0;
      while (earlier + counts[digit] <= rank) {
        earlier += counts[digit++];
      }
      same = counts[digit];
      prefix = (prefix << DIGIT) | digit;
    }
    long time = prefix ^ Long.MIN_VALUE;
    return 2 * (count - earlier) > same ? time : time - 1;
  }
}
