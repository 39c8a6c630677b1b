package org.mlora.random;

/** Rows of a data set in the order in which they are trained. Never changes. */
public sealed interface RowOrder permits Shuffle, ListedRows {
  /** Number of places. */
  int size();

  /**
   * The row at a place.
   *
   * @param place in [0, size)
   */
  int row(int place);

  /** All rows, place by place, in an array of the caller's own. */
  int[] rows();

  /** Rows as they are listed. */
  static RowOrder of(int... rows) {
    return new ListedRows(rows.clone());
  }
}
