package org.mlora.data.table;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * A table that can be read: a file, or rows that a program has.
 *
 * @param reader opens it before its first row
 * @param bytes its size, which {@link TableReader#bytesRead} counts up to; 0 where it is not known
 */
public record TableSource(Supplier<TableReader> reader, long bytes) {
  /** A CSV or TSV file with a header, possibly gzipped, or a Parquet file. */
  public static TableSource file(Path file) {
    return file(file, DelimitedFormat.automatic());
  }

  /**
   * A text file of the format, possibly gzipped, or a Parquet file.
   *
   * @throws InvalidInputException where it cannot be read
   */
  public static TableSource file(Path file, DelimitedFormat format) {
    return new TableSource(() -> Tables.open(file, format), size(file));
  }

  /**
   * Rows of the program, the texts of each by the names of their columns, as those that a {@link
   * org.mlora.serve.Predictor} takes. They are gone through once, a row at a time, and need not be
   * in memory together.
   *
   * <p>A row without one of the columns ends the reading with an {@link InvalidInputException} that
   * has the row's number; further texts are left out of account. A missing value is an empty text.
   *
   * @param columns names of the columns
   */
  public static TableSource rows(
      List<String> columns, Iterable<? extends Map<String, String>> rows) {
    return rows("", columns, rows);
  }

  /**
   * The same with a name.
   *
   * @param name what messages call them, for example {@code "clicks of Monday"}
   */
  public static TableSource rows(
      String name, List<String> columns, Iterable<? extends Map<String, String>> rows) {
    List<String> header = List.copyOf(columns);
    return new TableSource(() -> new TextRows(name, header).of(rows), 0);
  }

  /**
   * Rows of a stream, as those of {@link #rows}. The stream is made when they are wanted, and
   * closed after the last of them, or where reading ends before.
   */
  public static TableSource stream(
      List<String> columns, Supplier<? extends Stream<? extends Map<String, String>>> rows) {
    return stream("", columns, rows);
  }

  /** The same with a name. */
  public static TableSource stream(
      String name,
      List<String> columns,
      Supplier<? extends Stream<? extends Map<String, String>>> rows) {
    List<String> header = List.copyOf(columns);
    return new TableSource(() -> new TextRows(name, header).of(rows.get()), 0);
  }

  /** Opens the table. */
  public TableReader open() {
    return reader.get();
  }

  /**
   * Size of a file.
   *
   * @throws InvalidInputException where it cannot be read
   */
  public static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    }
  }
}
