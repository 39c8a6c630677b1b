package org.mlora.data;

import java.util.Arrays;

/**
 * The ids of texts that are whole numbers, by their values: columns of ids mostly hold such texts,
 * and an array is smaller and quicker than a hash table. Only as long as the numbers are dense.
 */
final class NumberIds {
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final int LEAST = 1 << 12;

  /** Places of the array for each text of the vocabulary, at most: 32 bytes a text. */
  private static final int PLACES = 8;

  private int[] ids = new int[LEAST];

  /**
   * The number that a short text is; -1 where it is none, or is not written in the usual way.
   *
   * @param key the text's bytes, the first one lowest
   * @param length of the text, at most 8
   */
  static int number(long key, int length) {
    int shift = 64 - 8 * length;
    // Digits are 0x30 to 0x39; those missing in front become zeros.
    long digits = (key ^ 0x30 * ONES) << shift;
    boolean usual = length > 0 && ((key & 0xFF) != '0' || length == 1);
    if (!usual || ((digits + 0x76 * ONES | digits) & HIGH_BITS) != 0) {
      return -1;
    }
    // Pairs of digits, then pairs of pairs, then both halves.
    digits = digits * 10 + (digits >>> 8);
    digits =
        ((digits & 0x000000FF000000FFL) * (100 + (1_000_000L << 32))
                + ((digits >>> 16) & 0x000000FF000000FFL) * (1 + (10_000L << 32)))
            >>> 32;
    return (int) digits;
  }

  /** The id of a number, 0 where none is kept here. */
  int get(int number) {
    return number >= 0 && number < ids.length ? ids[number] : 0;
  }

  /** Keeps an id, if the numbers are dense enough; false otherwise. */
  boolean put(int number, int id, int texts) {
    if (number < 0) {
      return false;
    }
    if (number >= ids.length) {
      long wanted = Math.max(2L * ids.length, Long.highestOneBit(number) * 2L);
      if (wanted > Math.max(LEAST, (long) PLACES * texts)) {
        return false;
      }
      ids = Arrays.copyOf(ids, (int) wanted);
    }
    ids[number] = id;
    return true;
  }
}
