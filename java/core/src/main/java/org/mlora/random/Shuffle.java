package org.mlora.random;

/** Random orders of rows that depend on nothing but their arguments. */
public final class Shuffle {
  private Shuffle() {}

  /**
   * The order of rows 0 to n - 1 in an epoch (Fisher and Yates). Each place is drawn from 32 random
   * bits, so a row's probability is off by at most n / 2^32 of itself.
   */
  public static int[] permutation(long seed, int epoch, int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    long key = Philox.key(seed, "shuffle");
    int[] words = new int[4];
    int left = 0;
    for (int i = n - 1; i > 0; i--) {
      if (left == 0) {
        Philox.words(i, 0, epoch, 0, key, words);
        left = 4;
      }
      left--;
      int j = (int) (((words[left] & 0xFFFFFFFFL) * (i + 1L)) >>> 32);
      int kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }
}
