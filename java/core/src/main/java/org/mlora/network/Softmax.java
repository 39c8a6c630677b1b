package org.mlora.network;

/** Scores as shares of one. */
public final class Softmax {
  private Softmax() {}

  /** Replaces scores by their softmax; the largest is taken off before exp. */
  public static void apply(double[] scores) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      largest = Math.max(largest, score);
    }
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Math.exp(scores[i] - largest);
      sum += scores[i];
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= sum;
    }
  }
}
