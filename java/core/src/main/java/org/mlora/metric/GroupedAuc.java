package org.mlora.metric;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import org.mlora.data.Outcomes;

/** AUC within groups of rows (domains, users), all groups in one sort. */
public final class GroupedAuc {
  /** Bit patterns of floats in [0, 1] are ordered and at most 0x3F800000. */
  private static final int KEY_BITS = 30;

  private static final int LABEL_BITS = 1;
  private static final int GROUP_SHIFT = KEY_BITS + LABEL_BITS;

  /** Of a row, a group, or a row's place in an order. */
  private static final int INDEX_BITS = 31;

  private GroupedAuc() {}

  /**
   * GAUC: mean of the groups' AUC weighted by their rows (the sum of their weights), over groups
   * that have both classes (Zhu et al., "Optimized cost per click in Taobao display advertising",
   * KDD 2017, section 4).
   *
   * @param probabilities in [0, 1]
   * @param groups id of each row's user; rows with an id below 1 (unknown) are left out
   * @return in [0, 1]; NaN when no group has both classes
   */
  public static double weightedMean(float[] probabilities, Outcomes outcomes, IntBuffer groups) {
    Mean mean = new Mean();
    visit(
        probabilities,
        outcomes,
        row -> Math.max(groups.get(row), 0),
        (group, weight, auc) -> mean.add(group == 0 ? Double.NaN : auc, weight));
    return mean.value();
  }

  /** The AUC of each group in [0, groupCount); NaN where a class is missing. */
  static double[] each(
      float[] probabilities, Outcomes outcomes, GroupOfRow groups, int groupCount) {
    double[] aucs = new double[groupCount];
    Arrays.fill(aucs, Double.NaN);
    visit(probabilities, outcomes, groups, (group, weight, auc) -> aucs[group] = auc);
    return aucs;
  }

  private static void visit(
      float[] probabilities, Outcomes outcomes, GroupOfRow groups, Visitor visitor) {
    if (outcomes.weighted()) {
      visitWeighted(probabilities, outcomes, groups, visitor);
    } else {
      visitCounted(probabilities, outcomes.labels(), groups, visitor);
    }
  }

  private static void visitCounted(
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

  /** Rows by group, within it by score, within it as they are stored: the same sums every time. */
  private static void visitWeighted(
      float[] probabilities, Outcomes outcomes, GroupOfRow groups, Visitor visitor) {
    int rows = probabilities.length;
    long[] byScore = new long[rows];
    for (int row = 0; row < rows; row++) {
      long key = Float.floatToRawIntBits(Rows.probability(probabilities, row));
      byScore[row] = key << INDEX_BITS | row;
    }
    byScore = RadixSort.sort(byScore, INDEX_BITS, KEY_BITS + INDEX_BITS);
    long[] places = new long[rows];
    for (int place = 0; place < rows; place++) {
      places[place] = (long) groups.of(low(byScore[place])) << INDEX_BITS | place;
    }
    places = RadixSort.sort(places, INDEX_BITS, 2 * INDEX_BITS);
    WeightedRankSum sum = new WeightedRankSum();
    long lastScore = -1;
    for (int i = 0; i < rows; i++) {
      long scored = byScore[low(places[i])];
      long score = scored >>> INDEX_BITS;
      int row = low(scored);
      sum.add(score != lastScore, Rows.label(outcomes.labels(), row) == 1, outcomes.weight(row));
      lastScore = score;
      long group = places[i] >>> INDEX_BITS;
      if (i + 1 == rows || places[i + 1] >>> INDEX_BITS != group) {
        visitor.visit((int) group, sum.weight(), sum.takeAuc());
      }
    }
  }

  private static int low(long packed) {
    return (int) packed & Integer.MAX_VALUE;
  }

  /** The group of a row, at least 0. */
  interface GroupOfRow {
    int of(int row);
  }

  private interface Visitor {
    void visit(int group, double weight, double auc);
  }
}
