package org.mlora.random;

import java.util.Arrays;

/**
 * A random order of rows [0, n) that is a function: the row at a place follows from seed, epoch, n
 * and the place alone, so that a device makes the order of an epoch by itself and nothing is kept
 * or sent (Mitchell, Stokes, Frank, Holmes: "Bandwidth-Optimal Random Shuffling for GPUs", ACM TOPC
 * 2022).
 *
 * <p>Places are permuted as numbers of b bits, 2^b the smallest power of two that is at least n and
 * at least 1024 (in fewer bits not all orders of a few rows are as likely), by a Feistel network
 * over their upper floor(b / 2) and lower ceil(b / 2) bits: eight rounds that alternately change
 * the upper and the lower ones,
 *
 * <pre>
 *   upper ^= top bits of mix(lower ^ key),   lower ^= top bits of mix(upper ^ next key)
 *   mix(x): x *= 0x85EBCA6B;  x ^= x >>> 13;  x *= 0xC2B2AE35     (32 bits, unsigned)
 * </pre>
 *
 * with the eight words of Philox at counters (0, 0, epoch, 0) and (1, 0, epoch, 0) as keys. A
 * number that is not below n is permuted again until it is (cycle walking), on average less than
 * twice for 512 rows and more. {@code kernels/shuffle.cu} does the same.
 */
public final class Shuffle implements RowOrder {
  private static final int ROUNDS = 8;
  private static final int LEAST = 1024;

  /** Rows from which on threads gain more than waiting for them costs. */
  private static final int WORTH_THREADS = 1 << 17;

  private final long key;
  private final int epoch;
  private final int size;
  private final int lower;
  private final int upper;
  private final int[] keys = new int[ROUNDS];

  private Shuffle(long key, int epoch, int size) {
    this.key = key;
    this.epoch = epoch;
    this.size = size;
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(size, LEAST) - 1);
    this.upper = bits / 2;
    this.lower = bits - upper;
    int[] words = new int[4];
    for (int i = 0; i < ROUNDS; i += words.length) {
      Philox.words(i / words.length, 0, epoch, 0, key, words);
      System.arraycopy(words, 0, keys, i, words.length);
    }
  }

  /**
   * The order of an epoch.
   *
   * @param size number of rows, 0 or more
   */
  public static Shuffle of(long seed, int epoch, int size) {
    return new Shuffle(Philox.key(seed, "shuffle"), epoch, size);
  }

  /** Philox key of the seed, for a device that makes the same order. */
  public long key() {
    return key;
  }

  /** The epoch that the order is drawn for. */
  public int epoch() {
    return epoch;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int row(int place) {
    int row = permuted(place);
    while (row >= size) {
      row = permuted(row);
    }
    return row;
  }

  private int permuted(int number) {
    int high = number >>> lower;
    int low = number & (1 << lower) - 1;
    for (int i = 0; i < ROUNDS; i += 2) {
      high ^= mix(low ^ keys[i]) >>> Integer.SIZE - upper;
      low ^= mix(high ^ keys[i + 1]) >>> Integer.SIZE - lower;
    }
    return high << lower | low;
  }

  private static int mix(int x) {
    int product = x * 0x85EBCA6B;
    return (product ^ product >>> 13) * 0xC2B2AE35;
  }

  /** All rows; many are computed by several threads. */
  @Override
  public int[] rows() {
    int[] rows = new int[size];
    if (size < WORTH_THREADS) {
      Arrays.setAll(rows, this::row);
    } else {
      Arrays.parallelSetAll(rows, this::row);
    }
    return rows;
  }
}
