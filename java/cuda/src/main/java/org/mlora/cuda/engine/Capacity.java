package org.mlora.cuda.engine;

/**
 * Rows that a batch is given room for. One graph serves all batches of a capacity, so there are few
 * of them; and a batch's capacity follows from its rows alone, so that a resumed training computes
 * in the same sizes, to the same bits.
 */
final class Capacity {
  /** Most rows that are predicted at once. */
  static final int LARGEST_PREDICTION = 1 << 16;

  private static final int SMALLEST = 16;

  private Capacity() {}

  /** The smallest of 16, 20, 24, 28, 32, 40, 48, 56, 64, 80 ... that holds so many rows. */
  static int of(int rows) {
    if (rows <= SMALLEST) {
      return SMALLEST;
    }
    int step = Integer.highestOneBit(rows - 1) / 4;
    return (rows + step - 1) / step * step;
  }
}
