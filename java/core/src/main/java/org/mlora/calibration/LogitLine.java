package org.mlora.calibration;

/**
 * A click rate of a logit z: sigmoid(slope z + intercept).
 *
 * @param slope above 0, so that the order of logits stays
 */
public record LogitLine(double slope, double intercept) {
  /** Leaves logits as they are. */
  public static final LogitLine IDENTITY = new LogitLine(1, 0);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException when the slope is not above 0, or one is not finite
   */
  public LogitLine {
    if (!(slope > 0 && slope < Double.POSITIVE_INFINITY && Double.isFinite(intercept))) {
      throw new IllegalArgumentException("the line " + slope + " z + " + intercept);
    }
  }

  /** The probability of a click. */
  double probability(double logit) {
    return sigmoid(slope * logit + intercept);
  }

  static double sigmoid(double z) {
    return 1 / (1 + Math.exp(-z));
  }
}
