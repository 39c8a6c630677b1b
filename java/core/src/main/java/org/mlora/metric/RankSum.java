package org.mlora.metric;

/**
 * The Mann-Whitney statistic of one group of rows, fed in ascending order of score. Ties count one
 * half, and everything is an exact integer: twice the statistic is at most 2⁶¹ for 2³¹ rows.
 */
final class RankSum {
  private long twiceStatistic;
  private long positives;
  private long negatives;
  private long tiedPositives;
  private long tiedNegatives;

  /** Takes the next row; {@code newScore} is true where its score differs from the row before. */
  void add(boolean newScore, boolean positive) {
    if (newScore) {
      closeTie();
    }
    if (positive) {
      tiedPositives++;
    } else {
      tiedNegatives++;
    }
  }

  /** The area under the ROC curve, NaN with one class only; then starts over. */
  double takeAuc() {
    closeTie();
    double auc = positives == 0 || negatives == 0 ? Double.NaN : quotient();
    twiceStatistic = 0;
    positives = 0;
    negatives = 0;
    return auc;
  }

  private double quotient() {
    return twiceStatistic / (2.0 * positives * negatives);
  }

  private void closeTie() {
    twiceStatistic += tiedPositives * (2 * negatives + tiedNegatives);
    positives += tiedPositives;
    negatives += tiedNegatives;
    tiedPositives = 0;
    tiedNegatives = 0;
  }
}
