package org.mlora.serve;

import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import org.mlora.data.Column;

/** The lists of a field, row by row, and the column that they make. */
final class BagCells {
  private static final int[] NONE = {};
  private static final int IDS_A_ROW = 4;

  private final int[][] lists;
  private final LongBuffer offsets;
  private IntBuffer ids;

  BagCells(int capacity) {
    this.lists = new int[capacity][];
    Arrays.fill(lists, NONE);
    this.offsets = PredictionBatch.direct(2L * (capacity + 1L)).asLongBuffer();
    this.ids = PredictionBatch.direct((long) IDS_A_ROW * capacity).asIntBuffer();
  }

  /** Takes a row's list, which is read when the column is filled. */
  void set(int row, int[] list) {
    lists[row] = list;
  }

  /** Takes the lists of the first rows of a column. */
  void set(Column.Bags from, int rows) {
    for (int row = 0; row < rows; row++) {
      int begin = (int) from.offsets().get(row);
      int[] list = new int[(int) from.offsets().get(row + 1) - begin];
      from.ids().get(begin, list);
      lists[row] = list;
    }
  }

  void clear(int row) {
    lists[row] = NONE;
  }

  /**
   * Makes room for the lists of the first rows.
   *
   * @return whether the column has another buffer than before
   */
  boolean reserve(int rows) {
    long length = 0;
    for (int row = 0; row < rows; row++) {
      length += lists[row].length;
    }
    boolean grows = length > ids.capacity();
    if (grows) {
      ids = PredictionBatch.direct(Math.max(length, 2L * ids.capacity())).asIntBuffer();
    }
    return grows;
  }

  /** Fills the column with the lists of the first rows; those after them are empty. */
  void fill(int rows) {
    int end = 0;
    for (int row = 0; row < lists.length; row++) {
      if (row < rows) {
        ids.put(end, lists[row]);
        end += lists[row].length;
      }
      offsets.put(row + 1, end);
    }
  }

  Column column() {
    return new Column.Bags(offsets, ids);
  }
}
