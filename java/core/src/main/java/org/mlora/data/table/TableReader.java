package org.mlora.data.table;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.mlora.data.Names;
import org.mlora.error.InvalidInputException;

/**
 * Rows of text, one at a time. A cell is a range of {@link #bytes} in UTF-8 that is valid until the
 * next row, so that reading makes no objects. Columns count from 0.
 *
 * <p>Failures to read throw {@link InvalidInputException} with file and line.
 */
public interface TableReader extends AutoCloseable {
  /** What messages call the table: the file as given. */
  String source();

  /** Names of the columns. */
  List<String> header();

  /** Goes to the next row; false at the end. */
  boolean next();

  /** Line of the file where the row starts, or row of the table, counted from 1. */
  long line();

  /** Holds the cells of the row. */
  byte[] bytes();

  /** Where a cell starts in {@link #bytes}. */
  int start(int column);

  /** Where a cell ends in {@link #bytes}, exclusive. */
  int end(int column);

  /** Bytes of the source consumed so far, for progress. */
  long bytesRead();

  @Override
  void close();

  /** The text of a cell. */
  default String text(int column) {
    return new String(bytes(), start(column), end(column) - start(column), StandardCharsets.UTF_8);
  }

  /** File and line of the row, for messages. */
  default String place() {
    return String.format(Locale.ROOT, "%s line %,d", source(), line());
  }

  /** What to say where it has no rows. */
  default String emptiness() {
    return place() + ": there is a header but no rows";
  }

  /**
   * Position of a column.
   *
   * @throws InvalidInputException where there is none of that name
   */
  default int column(String name) {
    int index = header().indexOf(name);
    if (index < 0) {
      throw new InvalidInputException(
          source()
              + " has no column '"
              + name
              + "'; its columns are "
              + Names.listed(header())
              + (header().size() == 1 ? " (one only: is the delimiter right?)" : ""));
    }
    return index;
  }
}
