package org.mlora.bench.measure;

import java.util.Arrays;

/** Keeps the time of every single call. Not for calls much shorter than a microsecond. */
public final class Latencies {
  private final Call call;
  private long[] nanos = new long[1 << 12];
  private int count;
  private float sum;

  /** What is called; its result is used, so that it is not optimised away. */
  @FunctionalInterface
  public interface Call {
    float run(int number);
  }

  public Latencies(Call call) {
    this.call = call;
  }

  /** Calls a number of times. */
  public void run(int times) {
    for (int i = 0; i < times; i++) {
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
      }
      long start = System.nanoTime();
      sum += call.run(count);
      nanos[count++] = System.nanoTime() - start;
    }
    if (Float.isNaN(sum)) {
      throw new IllegalStateException("a result is no number");
    }
  }

  /** Seconds of the middle call of all. */
  public double median() {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[count / 2] / 1e9;
  }
}
