package org.mlora.data.table;

import org.mlora.error.InvalidInputException;

/** A table that puts the cells of each row into {@link #row} first. */
abstract class BufferedTable implements TableReader {
  final RowBuffer row = new RowBuffer();

  /**
   * Adds a text to the row.
   *
   * @throws InvalidInputException where the text is cut within a character
   */
  final void add(String column, String text) {
    if (!row.add(text)) {
      throw new InvalidInputException(
          place()
              + ": the text of '"
              + column
              + "' is cut within a character (it holds half a surrogate pair); give it whole");
    }
  }

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
