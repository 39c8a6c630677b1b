package org.mlora.metric;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * The AUC that the published MLoRA code reports (spec §9): 500 thresholds, -1e-7, then i/499, then
 * 1 + 1e-7, trapezoids between them. For comparison with published numbers only; {@link Auc} is
 * exact. The published code counts in 32-bit floats, which is exact up to 2²⁴ rows a class; this
 * counts in integers, so beyond that size the two differ.
 */
final class ThresholdAuc {
  private static final int THRESHOLDS = 500;

  /** How many thresholds a row exceeds has nine bits, its label one, its group those above. */
  private static final int BUCKET_MASK = (1 << 9) - 1;

  private static final int GROUP_SHIFT = 10;

  private ThresholdAuc() {}

  /**
   * The AUC of each group in [0, groupCount); 0 when one class is missing, as there.
   *
   * @param probabilities in [0, 1]
   * @param labels 0 or 1 a row
   */
  static double[] each(
      float[] probabilities, FloatBuffer labels, GroupedAuc.GroupOfRow groups, int groupCount) {
    float[] thresholds = thresholds();
    int rows = probabilities.length;
    long[] packed = new long[rows];
    long highest = 0;
    for (int row = 0; row < rows; row++) {
      long below = thresholdsBelow(Rows.probability(probabilities, row), thresholds);
      packed[row] = (long) groups.of(row) << GROUP_SHIFT | below << 1 | Rows.label(labels, row);
      highest = Math.max(highest, packed[row]);
    }
    packed = RadixSort.sort(packed, Long.SIZE - Long.numberOfLeadingZeros(highest));
    double[] aucs = new double[groupCount];
    // Of one group at a time: groups are many, and most of a small one's counts are 0.
    long[][] counts = new long[2][THRESHOLDS + 1];
    for (int start = 0, end; start < rows; start = end) {
      long group = packed[start] >>> GROUP_SHIFT;
      for (long[] ofLabel : counts) {
        Arrays.fill(ofLabel, 0);
      }
      for (end = start; end < rows && packed[end] >>> GROUP_SHIFT == group; end++) {
        counts[(int) packed[end] & 1][(int) packed[end] >>> 1 & BUCKET_MASK]++;
      }
      aucs[(int) group] = area(counts[1], counts[0]);
    }
    return aucs;
  }

  private static float[] thresholds() {
    float[] thresholds = new float[THRESHOLDS];
    thresholds[0] = -1e-7f;
    for (int i = 1; i < THRESHOLDS - 1; i++) {
      thresholds[i] = (float) (i / (THRESHOLDS - 1.0));
    }
    thresholds[THRESHOLDS - 1] = (float) (1.0 + 1e-7);
    return thresholds;
  }

  /** How many thresholds the probability exceeds. */
  private static int thresholdsBelow(float probability, float[] thresholds) {
    int count = Math.min((int) (probability * (THRESHOLDS - 1)), THRESHOLDS - 1);
    while (count > 0 && !(probability > thresholds[count - 1])) {
      count--;
    }
    while (count < THRESHOLDS && probability > thresholds[count]) {
      count++;
    }
    return count;
  }

  /** Rows of bucket b exceed exactly the first b thresholds. */
  private static double area(long[] positives, long[] negatives) {
    double allPositives = sum(positives);
    double allNegatives = sum(negatives);
    if (allPositives == 0 || allNegatives == 0) {
      return 0;
    }
    double area = 0;
    long above = (long) allPositives - positives[0];
    for (int bucket = 1; bucket < THRESHOLDS; bucket++) {
      long next = above - positives[bucket];
      area += negatives[bucket] / allNegatives * (above + next) / (2 * allPositives);
      above = next;
    }
    return area;
  }

  private static long sum(long[] counts) {
    long sum = 0;
    for (long count : counts) {
      sum += count;
    }
    return sum;
  }
}
