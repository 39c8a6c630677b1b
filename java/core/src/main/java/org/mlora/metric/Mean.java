package org.mlora.metric;

/** A weighted mean that leaves out what is undefined. */
final class Mean {
  private double sum;
  private double weight;

  void add(double value, double weight) {
    if (!Double.isNaN(value)) {
      sum += weight * value;
      this.weight += weight;
    }
  }

  /** NaN when nothing with a weight was added. */
  double value() {
    return weight > 0 ? sum / weight : Double.NaN;
  }
}
