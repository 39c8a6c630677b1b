package org.mlora.metric;

/** The definitions, in quadratic time. */
final class BruteForce {
  private BruteForce() {}

  /** Over all pairs of a positive and a negative: 1 for above, one half for a tie. */
  static double auc(float[] scores, float[] labels) {
    double wins = 0;
    long pairs = 0;
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < scores.length; j++) {
        if (labels[i] == 1 && labels[j] == 0) {
          pairs++;
          wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    return pairs == 0 ? Double.NaN : wins / pairs;
  }

  /** Spec §9, word by word. */
  static double thresholdAuc(float[] scores, float[] labels) {
    double area = 0;
    double lastTrue = 0;
    double lastFalse = 0;
    for (int i = 0; i < 500; i++) {
      float threshold = i == 0 ? -1e-7f : i == 499 ? 1 + 1e-7f : (float) (i / 499.0);
      double tp = 0;
      double fp = 0;
      double fn = 0;
      double tn = 0;
      for (int row = 0; row < scores.length; row++) {
        boolean positive = labels[row] == 1;
        boolean above = scores[row] > threshold;
        tp += positive && above ? 1 : 0;
        fn += positive && !above ? 1 : 0;
        fp += !positive && above ? 1 : 0;
        tn += !positive && !above ? 1 : 0;
      }
      double truePositiveRate = tp + fn == 0 ? 0 : tp / (tp + fn);
      double falsePositiveRate = fp + tn == 0 ? 0 : fp / (fp + tn);
      if (i > 0) {
        area += (lastFalse - falsePositiveRate) * (lastTrue + truePositiveRate) / 2;
      }
      lastTrue = truePositiveRate;
      lastFalse = falsePositiveRate;
    }
    return area;
  }
}
