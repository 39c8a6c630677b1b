package org.mlora.bench.measure;

import java.util.Arrays;

/**
 * Seconds of one call, measured several times.
 *
 * @param seconds ascending
 */
public record Times(double[] seconds) {
  public Times {
    seconds = seconds.clone();
    Arrays.sort(seconds);
  }

  public double median() {
    return quantile(0.5);
  }

  /** Half the distance of the quartiles, as a part of the median. */
  public double spread() {
    return (quantile(0.75) - quantile(0.25)) / 2 / median();
  }

  private double quantile(double q) {
    double at = q * (seconds.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, seconds.length - 1);
    return seconds[below] + (at - below) * (seconds[above] - seconds[below]);
  }
}
