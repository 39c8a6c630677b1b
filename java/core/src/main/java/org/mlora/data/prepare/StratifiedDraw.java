package org.mlora.data.prepare;

import org.mlora.random.Philox;

/**
 * Draws parts so that every stratum is divided exactly, by selection sampling (Knuth, The Art of
 * Computer Programming 2, algorithm 3.4.2 S, with three kinds of winners): a row gets a part with
 * probability (places left in the part) / (rows left in the stratum). A row's random number depends
 * on the seed and the row's position in the input alone.
 */
final class StratifiedDraw {
  private static final int STREAM = 0x53504C54;

  private final long seed;
  private final long[] left;
  private final int[] words = new int[4];

  /**
   * Prepares the draw.
   *
   * @param rows rows of each stratum
   */
  StratifiedDraw(SplitRule.Stratified rule, long[] rows) {
    this.seed = rule.seed();
    this.left = new long[3 * rows.length];
    for (int stratum = 0; stratum < rows.length; stratum++) {
      long train = share(rows[stratum], rule.train());
      long both = share(rows[stratum], rule.train() + rule.validation());
      left[3 * stratum] = train;
      left[3 * stratum + 1] = both - train;
      left[3 * stratum + 2] = rows[stratum] - both;
    }
  }

  /** So many percent of rows, rounded to the nearest. */
  static long share(long rows, int percent) {
    return (2 * rows * percent + 100) / 200;
  }

  /**
   * Draws the random numbers of rows, in a loop of its own, which is quicker than one by one.
   *
   * @param first an even row
   * @param numbers has room for count, rounded up to even
   */
  void draw(long first, int count, long[] numbers) {
    for (int i = 0; i < count; i += 2) {
      long pair = first + i >>> 1;
      Philox.words((int) pair, (int) (pair >>> 32), STREAM, 0, seed, words);
      numbers[i] = (words[1] & 0x7FFFFFFFL) << 32 | words[0] & 0xFFFFFFFFL;
      numbers[i + 1] = (words[3] & 0x7FFFFFFFL) << 32 | words[2] & 0xFFFFFFFFL;
    }
  }

  /**
   * The part of the next row of a stratum.
   *
   * @param random the row's number, 63 bits
   */
  int part(long random, int stratum) {
    int at = 3 * stratum;
    long train = left[at];
    long both = train + left[at + 1];
    long all = both + left[at + 2];
    // random / 2^63 of all, rounded down.
    long place = Math.multiplyHigh(random << 1, all) + (random << 1 >> 63 & all);
    // 1 where a difference is negative: no branch, which chance would make expensive.
    int part = (int) (train - 1 - place >>> 63) + (int) (both - 1 - place >>> 63);
    left[at + part]--;
    return part;
  }
}
