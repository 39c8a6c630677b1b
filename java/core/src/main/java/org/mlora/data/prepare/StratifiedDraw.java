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
  private long drawn = -1;

  /**
   * Prepares the draw.
   *
   * @param rows rows of each stratum
   */
  StratifiedDraw(SplitRule.Stratified rule, long[] rows) {
    this.seed = rule.seed();
    this.left = new long[3 * rows.length];
    for (int stratum = 0; stratum < rows.length; stratum++) {
      long train = (2 * rows[stratum] * rule.train() + 100) / 200;
      long both = (2 * rows[stratum] * (rule.train() + rule.validation()) + 100) / 200;
      left[3 * stratum] = train;
      left[3 * stratum + 1] = both - train;
      left[3 * stratum + 2] = rows[stratum] - both;
    }
  }

  /** The part of the next row of a stratum. */
  int part(long row, int stratum) {
    if (row >>> 1 != drawn) {
      drawn = row >>> 1;
      Philox.words((int) drawn, (int) (drawn >>> 32), STREAM, 0, seed, words);
    }
    int half = (int) (row & 1) * 2;
    long random = (words[half + 1] & 0x7FFFFFFFL) << 32 | words[half] & 0xFFFFFFFFL;
    int at = 3 * stratum;
    long all = left[at] + left[at + 1] + left[at + 2];
    long place = Math.multiplyHigh(random << 1, all);
    if (random << 1 < 0) {
      place += all;
    }
    int part = place < left[at] ? 0 : place < left[at] + left[at + 1] ? 1 : 2;
    left[at + part]--;
    return part;
  }
}
