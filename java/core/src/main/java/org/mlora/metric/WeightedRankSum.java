package org.mlora.metric;

/**
 * The Mann-Whitney statistic of one group of rows that count as their weights say, fed in ascending
 * order of score: each pair of a positive and a negative counts the product of their weights. Ties
 * count one half.
 */
final class WeightedRankSum {
  private double twiceStatistic;
  private double positives;
  private double negatives;
  private double tiedPositives;
  private double tiedNegatives;

  /** Takes the next row; {@code newScore} is true where its score differs from the row before. */
  void add(boolean newScore, boolean positive, double weight) {
    if (newScore) {
      closeTie();
    }
    if (positive) {
      tiedPositives += weight;
    } else {
      tiedNegatives += weight;
    }
  }

  /** The weights of all rows since the last {@link #takeAuc}. */
  double weight() {
    return positives + negatives + tiedPositives + tiedNegatives;
  }

  /** The area under the ROC curve, NaN where a class has no weight; then starts over. */
  double takeAuc() {
    closeTie();
    double pairs = positives * negatives;
    double auc = pairs > 0 ? twiceStatistic / (2 * pairs) : Double.NaN;
    twiceStatistic = 0;
    positives = 0;
    negatives = 0;
    return auc;
  }

  private void closeTie() {
    twiceStatistic += tiedPositives * (2 * negatives + tiedNegatives);
    positives += tiedPositives;
    negatives += tiedNegatives;
    tiedPositives = 0;
    tiedNegatives = 0;
  }
}
