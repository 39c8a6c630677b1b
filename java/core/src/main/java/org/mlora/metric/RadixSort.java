package org.mlora.metric;

import java.util.Arrays;

/** Least-significant-digit radix sort of longs: linear time, one scratch array, no boxing. */
final class RadixSort {
  private static final int DIGIT_BITS = 11;
  private static final int BUCKETS = 1 << DIGIT_BITS;

  private RadixSort() {}

  /**
   * Sorts by the low {@code bits} bits (the bits above must be zero) and returns the sorted array,
   * which is {@code values} or a new one; the content of {@code values} is not kept.
   */
  static long[] sort(long[] values, int bits) {
    return sort(values, 0, bits);
  }

  /**
   * The same by the bits from {@code first} on; values that are the same in these stay in order.
   */
  static long[] sort(long[] values, int first, int bits) {
    long[] from = values;
    long[] to = new long[values.length];
    int[] starts = new int[BUCKETS];
    for (int shift = first; shift < bits; shift += DIGIT_BITS) {
      if (!startsOfDigit(from, shift, starts)) {
        continue;
      }
      for (long value : from) {
        to[starts[(int) (value >>> shift) & (BUCKETS - 1)]++] = value;
      }
      long[] swap = from;
      from = to;
      to = swap;
    }
    return from;
  }

  /** Fills where each bucket starts; false when all values share one digit. */
  private static boolean startsOfDigit(long[] values, int shift, int[] starts) {
    Arrays.fill(starts, 0);
    for (long value : values) {
      starts[(int) (value >>> shift) & (BUCKETS - 1)]++;
    }
    int next = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      int count = starts[bucket];
      if (count == values.length) {
        return false;
      }
      starts[bucket] = next;
      next += count;
    }
    return values.length > 0;
  }
}
