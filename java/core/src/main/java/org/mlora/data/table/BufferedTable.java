package org.mlora.data.table;

/** A table that puts the cells of each row into {@link #row} first. */
abstract class BufferedTable implements TableReader {
  final RowBuffer row = new RowBuffer();

  @Override
  public byte[] bytes() {
    return row.bytes();
  }

  @Override
  public int start(int column) {
    return row.start(column);
  }

  @Override
  public int end(int column) {
    return row.end(column);
  }
}
