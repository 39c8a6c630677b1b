package org.mlora.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/** A linear axis: numbers in [low, high] to pixels in [from, to]. */
record Scale(double low, double high, double from, double to) {
  /**
   * An axis that holds all values that are defined, with a little room on both sides.
   *
   * @param span the shortest axis, so that noise is not blown up
   */
  static Scale around(DoubleStream values, double span, double from, double to) {
    double[] defined = values.filter(Double::isFinite).toArray();
    if (defined.length == 0) {
      return new Scale(0, 1, from, to);
    }
    double low = DoubleStream.of(defined).min().orElseThrow();
    double high = DoubleStream.of(defined).max().orElseThrow();
    double room = Math.max((high - low) * 0.06, (span - (high - low)) / 2);
    return new Scale(low - room, high + room, from, to);
  }

  /** Where a number lies. */
  double at(double value) {
    return from + (value - low) / (high - low) * (to - from);
  }

  boolean contains(double value) {
    return value >= low && value <= high;
  }

  /** Round numbers inside the axis, about {@code count}. */
  List<Double> ticks(int count) {
    double step = step(count);
    List<Double> ticks = new ArrayList<>();
    for (double i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** Digits after the point that tell the ticks apart. */
  int digits(int count) {
    return (int) Math.max(0, -Math.floor(Math.log10(step(count)) + 1e-9));
  }

  private double step(int count) {
    double rough = (high - low) / count;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double multiple = rough / power;
    return power * (multiple <= 1 ? 1 : multiple <= 2 ? 2 : multiple <= 5 ? 5 : 10);
  }
}
