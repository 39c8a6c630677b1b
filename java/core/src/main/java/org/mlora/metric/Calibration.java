package org.mlora.metric;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Predicted against observed rates, in bins of equal width over [0, 1].
 *
 * @param bins the bins that have rows, ascending
 */
public record Calibration(List<Bin> bins) {
  /** Bins of {@link Evaluation#ece}. */
  public static final int BINS = 15;

  public Calibration {
    bins = List.copyOf(bins);
  }

  /**
   * Rows whose prediction is in [lower, upper), the last bin including 1.
   *
   * @param meanPrediction mean of the predictions
   * @param meanLabel rate of positives
   */
  public record Bin(
      double lower, double upper, long rows, double meanPrediction, double meanLabel) {}

  /** Bins all rows in {@link #BINS} bins. */
  public static Calibration of(float[] probabilities, FloatBuffer labels) {
    double[] predicted = new double[BINS];
    long[] positives = new long[BINS];
    long[] rows = new long[BINS];
    for (int row = 0; row < probabilities.length; row++) {
      float probability = Rows.probability(probabilities, row);
      int bin = Math.min((int) ((double) probability * BINS), BINS - 1);
      predicted[bin] += probability;
      positives[bin] += Rows.label(labels, row);
      rows[bin]++;
    }
    List<Bin> bins = new ArrayList<>();
    for (int bin = 0; bin < BINS; bin++) {
      if (rows[bin] > 0) {
        double n = rows[bin];
        bins.add(
            new Bin(
                (double) bin / BINS,
                (bin + 1.0) / BINS,
                rows[bin],
                predicted[bin] / n,
                positives[bin] / n));
      }
    }
    return new Calibration(bins);
  }

  /**
   * Expected calibration error: mean over rows of |mean prediction - rate of positives| of the
   * row's bin (Naeini, Cooper, Hauskrecht, AAAI 2015); NaN without rows.
   */
  public double ece() {
    Mean mean = new Mean();
    for (Bin bin : bins) {
      mean.add(Math.abs(bin.meanPrediction - bin.meanLabel), bin.rows);
    }
    return mean.value();
  }
}
