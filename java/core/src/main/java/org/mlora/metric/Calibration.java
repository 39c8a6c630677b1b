package org.mlora.metric;

import java.util.ArrayList;
import java.util.List;
import org.mlora.data.Outcomes;

/**
 * Predicted against observed rates, in bins of equal width over [0, 1].
 *
 * @param bins the bins that have rows of a weight above 0, ascending
 */
public record Calibration(List<Bin> bins) {
  /** Bins of {@link Evaluation#ece}. */
  public static final int BINS = 15;

  /** Copies the list. */
  public Calibration {
    bins = List.copyOf(bins);
  }

  /**
   * Rows whose prediction is in [lower, upper), the last bin including 1.
   *
   * @param weight sum of the rows' weights; their number where rows count 1 each
   * @param meanPrediction mean of the predictions
   * @param meanLabel rate of positives
   */
  public record Bin(
      double lower,
      double upper,
      long rows,
      double weight,
      double meanPrediction,
      double meanLabel) {}

  /** Bins all rows in {@link #BINS} bins. */
  public static Calibration of(float[] probabilities, Outcomes outcomes) {
    double[] predicted = new double[BINS];
    double[] positives = new double[BINS];
    double[] weights = new double[BINS];
    long[] rows = new long[BINS];
    for (int row = 0; row < probabilities.length; row++) {
      float probability = Rows.probability(probabilities, row);
      int bin = Math.min((int) ((double) probability * BINS), BINS - 1);
      double weight = outcomes.weight(row);
      predicted[bin] += weight * probability;
      positives[bin] += weight * Rows.label(outcomes.labels(), row);
      weights[bin] += weight;
      rows[bin]++;
    }
    List<Bin> bins = new ArrayList<>();
    for (int bin = 0; bin < BINS; bin++) {
      if (weights[bin] > 0) {
        bins.add(
            new Bin(
                (double) bin / BINS,
                (bin + 1.0) / BINS,
                rows[bin],
                weights[bin],
                predicted[bin] / weights[bin],
                positives[bin] / weights[bin]));
      }
    }
    return new Calibration(bins);
  }

  /**
   * Expected calibration error: mean over rows, as they count, of |mean prediction - rate of
   * positives| of the row's bin (Naeini, Cooper, Hauskrecht, AAAI 2015); NaN without rows.
   */
  public double ece() {
    Mean mean = new Mean();
    for (Bin bin : bins) {
      mean.add(Math.abs(bin.meanPrediction - bin.meanLabel), bin.weight);
    }
    return mean.value();
  }
}
