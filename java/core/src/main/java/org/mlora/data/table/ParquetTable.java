package org.mlora.data.table;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * Reads a Parquet file of plain columns, row by row. Numbers are given as decimal text (dates and
 * times as the numbers that stand for them), booleans as 0 and 1, bytes as the UTF-8 text that they
 * are taken for, missing values as empty cells.
 */
public final class ParquetTable extends BufferedTable {
  private static final byte[] EMPTY = {};

  private final Path path;
  private final long size;
  private final ParquetReader<Object[], Object[], Integer> reader;
  private final List<String> header;
  private final List<PrimitiveType> types = new ArrayList<>();
  private final Set<CompressionCodecName> codecs = EnumSet.noneOf(CompressionCodecName.class);
  private long line;
  private boolean finished;

  private ParquetTable(Path path) throws IOException {
    this.path = path;
    this.size = Files.size(path);
    List<String> names = new ArrayList<>();
    ParquetMetadata metadata = ParquetReader.readMetadata(path.toFile());
    for (BlockMetaData block : metadata.getBlocks()) {
      block.getColumns().forEach(chunk -> codecs.add(chunk.getCodec()));
    }
    for (Type type : metadata.getFileMetaData().getSchema().getFields()) {
      if (!type.isPrimitive() || type.isRepetition(Type.Repetition.REPEATED)) {
        throw new InvalidInputException(
            path + ": column '" + type.getName() + "' is nested; flatten it to a text or number");
      }
      names.add(type.getName());
      types.add(type.asPrimitiveType());
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
      throw new InvalidInputException(
          path + " is no readable Parquet file: " + reason(e) + "; get it again, it may be cut off",
          e);
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
    } catch (LinkageError e) {
      // Some codecs are Hadoop's, which is not here.
      throw new InvalidInputException(
          path
              + " cannot be unpacked (it is compressed with "
              + codecs
              + "); write it with snappy, zstd or no compression",
          e);
    }
    line++;
    return true;
  }

  private void take(Object[] cells) {
    row.clear();
    for (int column = 0; column < cells.length; column++) {
      byte[] text = text(types.get(column), cells[column]);
      row.add(text, 0, text.length);
    }
  }

  private static byte[] text(PrimitiveType type, Object cell) {
    if (cell instanceof byte[] bytes) {
      return bytes;
    }
    if (cell instanceof Boolean truth) {
      return new byte[] {(byte) (truth ? '1' : '0')};
    }
    if (cell instanceof String hexadecimal && isRaw(type)) {
      return HexFormat.of().parseHex(hexadecimal, "0x".length(), hexadecimal.length());
    }
    return number(type, cell).getBytes(StandardCharsets.UTF_8);
  }

  /** Whether nothing says what the bytes of a column are, which then come as hexadecimal text. */
  private static boolean isRaw(PrimitiveType type) {
    return type.getLogicalTypeAnnotation() == null
        && type.getPrimitiveTypeName() != PrimitiveType.PrimitiveTypeName.INT96;
  }

  /** Integers may stand for decimals, or have no sign. */
  private static String number(PrimitiveType type, Object cell) {
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    if (meaning instanceof DecimalLogicalTypeAnnotation
        || meaning instanceof IntLogicalTypeAnnotation) {
      if (cell instanceof Integer value) {
        return type.stringifier().stringify(value);
      }
      if (cell instanceof Long value) {
        return type.stringifier().stringify(value);
      }
    }
    return cell.toString();
  }

  private static String reason(RuntimeException e) {
    // The library names its own stream where it means the file.
    return String.valueOf(e.getMessage())
        .lines()
        .findFirst()
        .map(line -> line.replaceFirst("^\\S+@\\p{XDigit}+ ", "it "))
        .orElse("damaged");
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
