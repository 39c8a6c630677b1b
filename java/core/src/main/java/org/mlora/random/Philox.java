package org.mlora.random;

import java.nio.charset.StandardCharsets;

/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). The same counter and key give the same numbers on every
 * backend.
 *
 * <p>Dropout: key = (seed low, seed high), counter = (16 · (column / 128) + column mod 16, row of
 * the batch, stream, step). Its four words hold eight 16-bit numbers, low half first; column uses
 * number (column mod 128) / 16. The unit is kept when that number is below t = max(round(65536 ·
 * keep), 1), and a kept value is scaled by 65536 / t.
 */
public final class Philox {
  private Philox() {}

  private static final int M0 = 0xD2511F53;
  private static final int M1 = 0xCD9E8D57;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;

  /** Writes the four words for a counter and key into {@code words}. */
  public static void words(int c0, int c1, int c2, int c3, long key, int[] words) {
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < 10; round++) {
      long p0 = (M0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
      long p1 = (M1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += W0;
      k1 += W1;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
  }

  /**
   * A key of its own for numbers drawn for one purpose, so that they do not overlap with those
   * drawn from {@code seed} for another.
   */
  public static long key(long seed, String purpose) {
    long hash = 0xCBF29CE484222325L; // FNV-1a
    for (byte b : purpose.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    int[] words = new int[4];
    words((int) hash, (int) (hash >>> 32), 0, 0, seed, words);
    return (words[0] & 0xFFFFFFFFL) | ((long) words[1] << 32);
  }

  /** Number below which the 16 bits of a kept unit are, see the class comment. */
  public static int keepThreshold(double dropout) {
    return (int) Math.max(Math.round(65536 * (1 - dropout)), 1);
  }

  /** Whether a unit survives dropout. */
  public static boolean keeps(
      long seed, long step, int stream, int row, int column, int threshold, int[] words) {
    words(16 * (column / 128) + column % 16, row, stream, (int) step, seed, words);
    int piece = (column % 128) / 16;
    return (words[piece / 2] >>> (16 * (piece % 2)) & 0xFFFF) < threshold;
  }
}
