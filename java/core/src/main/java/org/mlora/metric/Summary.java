package org.mlora.metric;

/**
 * Mean and spread of a number over seeds; undefined values (NaN) are left out.
 *
 * @param count values that are defined
 * @param mean NaN without values
 * @param sd sample standard deviation (divisor count - 1); NaN with fewer than two values
 */
public record Summary(int count, double mean, double sd) {
  /** Summarises the values. */
  public static Summary of(double... values) {
    Mean mean = new Mean();
    int count = 0;
    for (double value : values) {
      mean.add(value, 1);
      count += Double.isNaN(value) ? 0 : 1;
    }
    double squares = 0;
    for (double value : values) {
      if (!Double.isNaN(value)) {
        squares += (value - mean.value()) * (value - mean.value());
      }
    }
    double sd = count < 2 ? Double.NaN : Math.sqrt(squares / (count - 1));
    return new Summary(count, mean.value(), sd);
  }
}
