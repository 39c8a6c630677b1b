package org.mlora.metric;

/**
 * Mean difference between two settings that were run with the same seeds, with the 95 % interval of
 * Student's t over the pairs.
 *
 * @param pairs seeds where both values are defined
 * @param mean of treated - control; NaN without pairs
 * @param sd sample standard deviation of the differences; NaN with fewer than two pairs
 * @param low lower end of the interval; NaN with fewer than two pairs
 * @param high upper end
 */
public record PairedDifference(int pairs, double mean, double sd, double low, double high) {
  /** Compares values of the same seeds, in the same order. */
  public static PairedDifference of(double[] control, double[] treated) {
    if (control.length != treated.length) {
      throw new IllegalArgumentException(
          control.length + " values cannot be paired with " + treated.length);
    }
    double[] differences = new double[control.length];
    for (int i = 0; i < control.length; i++) {
      differences[i] = treated[i] - control[i];
    }
    Summary summary = Summary.of(differences);
    double half =
        summary.count() < 2
            ? Double.NaN
            : StudentT.halfWidth95(summary.count() - 1) * summary.sd() / Math.sqrt(summary.count());
    return new PairedDifference(
        summary.count(),
        summary.mean(),
        summary.sd(),
        summary.mean() - half,
        summary.mean() + half);
  }

  /** Whether the interval is defined and leaves out zero. */
  public boolean excludesZero() {
    return low > 0 || high < 0;
  }
}
