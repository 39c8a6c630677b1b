package org.mlora.data.table;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * Reads a Parquet file of plain columns, row by row. Numbers are given as decimal text, booleans as
 * 0 and 1, missing values as empty cells.
 */
public final class ParquetTable implements TableReader {
  private static final byte[] EMPTY = {};

  private final Path path;
  private final long size;
  private final ParquetReader<Object[], Object[], Integer> reader;
  private final List<String> header;
  private final RowBuffer row = new RowBuffer();
  private long line;
  private boolean finished;

  private ParquetTable(Path path) throws IOException {
    this.path = path;
    this.size = Files.size(path);
    List<String> names = new ArrayList<>();
    for (Type type :
        ParquetReader.readMetadata(path.toFile()).getFileMetaData().getSchema().getFields()) {
      if (!type.isPrimitive() || type.isRepetition(Type.Repetition.REPEATED)) {
        throw new InvalidInputException(
            path + ": column '" + type.getName() + "' is nested; flatten it to a text or number");
      }
      names.add(type.getName());
    }
    this.header = List.copyOf(names);
    this.reader =
        ParquetReader.spliterator(
            path.toFile(), new Cells(names.size()), column -> names.indexOf(column[0]));
  }

  /**
   * Opens a file.
   *
   * @throws InvalidInputException where it is damaged or has nested columns
   */
  public static ParquetTable open(Path path) {
    try {
      return new ParquetTable(path);
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    } catch (InvalidInputException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new InvalidInputException(path + " is no readable Parquet file: " + reason(e), e);
    }
  }

  /** Collects the values of a row by column. */
  private record Cells(int width) implements Hydrator<Object[], Object[], Integer> {
    @Override
    public Object[] start() {
      Object[] cells = new Object[width];
      Arrays.fill(cells, EMPTY);
      return cells;
    }

    @Override
    public Object[] add(Object[] cells, Integer column, @Nullable Object value) {
      if (value != null) {
        cells[column] = value;
      }
      return cells;
    }

    @Override
    public Object[] finish(Object[] cells) {
      return cells;
    }
  }

  @Override
  public boolean next() {
    try {
      if (!reader.tryAdvance(this::take)) {
        finished = true;
        return false;
      }
    } catch (RuntimeException e) {
      throw new InvalidInputException(
          path + " cannot be read after row " + line + ": " + reason(e), e);
    }
    line++;
    return true;
  }

  private void take(Object[] cells) {
    row.clear();
    for (Object cell : cells) {
      byte[] text = text(cell);
      row.add(text, 0, text.length);
    }
  }

  private static byte[] text(Object cell) {
    if (cell instanceof byte[] bytes) {
      return bytes;
    }
    if (cell instanceof Boolean truth) {
      return new byte[] {(byte) (truth ? '1' : '0')};
    }
    return cell.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String reason(RuntimeException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("damaged");
  }

  @Override
  public String source() {
    return path.toString();
  }

  @Override
  public List<String> header() {
    return header;
  }

  @Override
  public long line() {
    return line;
  }

  @Override
  public String place() {
    return String.format(Locale.ROOT, "%s row %,d", path, line);
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

  @Override
  public long bytesRead() {
    return finished ? size : 0;
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    }
  }
}
