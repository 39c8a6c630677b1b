package org.mlora.random;

/** An order that is written down. */
final class ListedRows implements RowOrder {
  private final int[] rows;

  ListedRows(int[] rows) {
    this.rows = rows;
  }

  @Override
  public int size() {
    return rows.length;
  }

  @Override
  public int row(int place) {
    return rows[place];
  }

  @Override
  public int[] rows() {
    return rows.clone();
  }
}
