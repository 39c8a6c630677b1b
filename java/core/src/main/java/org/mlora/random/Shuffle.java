package org.mlora.random;

import java.util.Arrays;

/** Random orders of rows that depend on nothing but their arguments. */
public final class Shuffle {
  private Shuffle() {}

  /**
   * The order of rows 0 to n - 1 in an epoch: a permutation, uniform but for rows whose 32-bit
   * draws are equal, which keep their order.
   */
  public static int[] permutation(long seed, int epoch, int n) {
    // Each row gets a random key; sorting (key, row) pairs packed into longs orders the rows.
    long[] pairs = new long[n];
    long key = Philox.key(seed, "shuffle");
    int[] words = new int[4];
    for (int i = 0; i < n; i++) {
      if (i % 4 == 0) {
        Philox.words(i / 4, 0, epoch, 0, key, words);
      }
      pairs[i] = ((long) words[i % 4] << 32) | i;
    }
    Arrays.parallelSort(pairs);
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = (int) pairs[i];
    }
    return order;
  }
}
