package org.mlora.bench.result;

import java.util.OptionalDouble;

/**
 * One measured case.
 *
 * @param name what was measured
 * @param unit of ours and of the peer's
 * @param ratio how many times better ours is than the peer
 * @param sgemmFraction our floating-point operations per second over those of the peer's sgemm in
 *     the same rounds
 */
public record BenchRow(
    String name,
    Value ours,
    Value peer,
    String unit,
    OptionalDouble ratio,
    OptionalDouble sgemmFraction) {
  /**
   * A median.
   *
   * @param spread half the distance of the quartiles, as a part of the median
   * @param note which way it was reached; may be empty
   */
  public record Value(OptionalDouble median, double spread, String note) {
    /** Nothing measured. */
    public static final Value NONE = new Value(OptionalDouble.empty(), 0, "");

    public static Value of(double median, double spread, String note) {
      return new Value(OptionalDouble.of(median), spread, note);
    }
  }

  /** A case where more is better. */
  public static BenchRow rate(
      String name, String unit, Value ours, Value peer, OptionalDouble sgemmFraction) {
    return new BenchRow(name, ours, peer, unit, over(ours, peer), sgemmFraction);
  }

  /** A case where less is better. */
  public static BenchRow cost(String name, String unit, Value ours, Value peer) {
    return new BenchRow(name, ours, peer, unit, over(peer, ours), OptionalDouble.empty());
  }

  private static OptionalDouble over(Value a, Value b) {
    return a.median().isPresent() && b.median().isPresent()
        ? OptionalDouble.of(a.median().getAsDouble() / b.median().getAsDouble())
        : OptionalDouble.empty();
  }
}
