package org.mlora.metric;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/** AUC within groups of rows (domains, users), all groups in one sort. */
public final class GroupedAuc {
  /** Bit patterns of floats in [0, 1] are ordered and at most 0x3F800000. */
  private static final int KEY_BITS = 30;

  private static final int LABEL_BITS = 1;
  private static final int GROUP_SHIFT = KEY_BITS + LABEL_BITS;

  private GroupedAuc() {}

  /**
   * GAUC: mean of the groups' AUC weighted by their rows, over groups that have both classes (Zhu
   * et al., "Optimized cost per click in Taobao display advertising", KDD 2017, section 4).
   *
   * @param probabilities in [0, 1]
   * @param labels 0 or 1 a row
   * @param groups id of each row's user; rows with an id below 1 (unknown) are left out
   * @return in [0, 1]; NaN when no group has both classes
   */
  public static double weightedMean(float[] probabilities, FloatBuffer labels, IntBuffer groups) {
    Mean mean = new Mean();
    visit(
        probabilities,
        labels,
        row -> Math.max(groups.get(row), 0),
        (group, rows, auc) -> mean.add(group == 0 ? Double.NaN : auc, rows));
    return mean.value();
  }

  /** The AUC of each group in [0, groupCount); NaN where a class is missing. */
  static double[] each(
      float[] probabilities, FloatBuffer labels, GroupOfRow groups, int groupCount) {
    double[] aucs = new double[groupCount];
    Arrays.fill(aucs, Double.NaN);
    visit(probabilities, labels, groups, (group, rows, auc) -> aucs[group] = auc);
    return aucs;
  }

  private static void visit(
      float[] probabilities, FloatBuffer labels, GroupOfRow groups, Visitor visitor) {
    int rows = probabilities.length;
    long[] packed = new long[rows];
    long highest = 0;
    for (int row = 0; row < rows; row++) {
      long key = Float.floatToRawIntBits(Rows.probability(probabilities, row));
      packed[row] =
          (long) groups.of(row) << GROUP_SHIFT | key << LABEL_BITS | Rows.label(labels, row);
      highest = Math.max(highest, packed[row]);
    }
    packed = RadixSort.sort(packed, Long.SIZE - Long.numberOfLeadingZeros(highest));
    RankSum sum = new RankSum();
    long lastScore = -1;
    int start = 0;
    for (int i = 0; i < rows; i++) {
      long score = packed[i] >>> LABEL_BITS;
      sum.add(score != lastScore, (packed[i] & 1) == 1);
      lastScore = score;
      long group = packed[i] >>> GROUP_SHIFT;
      if (i + 1 == rows || packed[i + 1] >>> GROUP_SHIFT != group) {
        visitor.visit((int) group, i + 1 - start, sum.takeAuc());
        start = i + 1;
      }
    }
  }

  /** The group of a row, at least 0. */
  interface GroupOfRow {
    int of(int row);
  }

  private interface Visitor {
    void visit(int group, int rows, double auc);
  }
}
