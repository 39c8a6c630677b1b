package org.mlora.metric;

import java.nio.FloatBuffer;
import org.mlora.error.DivergedException;

/**
 * Exact area under the ROC curve: the probability that a random positive scores above a random
 * negative, ties counting one half. Radix sort, then the rank sum in exact integers; the only
 * rounding is the last division.
 */
public final class Auc {
  private static final int KEY_BITS = 32;

  private Auc() {}

  /**
   * The AUC of all rows.
   *
   * @param scores any numbers that rise with the chance of a positive; -0 equals 0
   * @param labels 0 or 1 a row, read from position 0
   * @return in [0, 1]; NaN when one class is missing
   * @throws DivergedException if a score is NaN
   */
  public static double of(float[] scores, FloatBuffer labels) {
    long[] packed = new long[scores.length];
    for (int row = 0; row < scores.length; row++) {
      if (Float.isNaN(scores[row])) {
        throw new DivergedException("the score of row " + row + " is not a number");
      }
      packed[row] = key(scores[row]) << 1 | Rows.label(labels, row);
    }
    packed = RadixSort.sort(packed, KEY_BITS + 1);
    RankSum sum = new RankSum();
    long last = -1;
    for (long value : packed) {
      sum.add(value >>> 1 != last, (value & 1) == 1);
      last = value >>> 1;
    }
    return sum.takeAuc();
  }

  /** 32 bits in the order of the numbers. */
  private static long key(float score) {
    int bits = Float.floatToRawIntBits(score + 0.0f);
    return (bits ^ (bits >> 31 | 0x80000000)) & 0xFFFFFFFFL;
  }
}
