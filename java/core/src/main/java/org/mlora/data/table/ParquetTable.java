package org.mlora.data.table;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnReadStore;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.DummyRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
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
  private final ParquetFileReader file;
  private final List<String> header;
  private List<ColumnReader> columns = List.of();
  private long rowsLeft;
  private long line;
  private boolean finished;

  private ParquetTable(Path path, ParquetFileReader file) throws IOException {
    this.path = path;
    this.size = Files.size(path);
    this.file = file;
    List<String> names = new ArrayList<>();
    for (Type type : file.getFileMetaData().getSchema().getFields()) {
      if (!type.isPrimitive() || type.isRepetition(Type.Repetition.REPEATED)) {
        throw new InvalidInputException(
            path + ": column '" + type.getName() + "' is nested; flatten it to a text or number");
      }
      names.add(type.getName());
    }
    this.header = List.copyOf(names);
  }

  /**
   * Opens a file.
   *
   * @throws InvalidInputException where it is damaged or has nested columns
   */
  public static ParquetTable open(Path path) {
    ParquetReadOptions options =
        ParquetReadOptions.builder().withCodecFactory(new ParquetCodecs(path)).build();
    try {
      ParquetFileReader file = ParquetFileReader.open(new LocalInputFile(path), options);
      try {
        return new ParquetTable(path, file);
      } catch (Throwable e) {
        file.close();
        throw e;
      }
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

  @Override
  public boolean next() {
    try {
      if (!hasRow()) {
        finished = true;
        return false;
      }
      row.clear();
      for (ColumnReader column : columns) {
        byte[] text = text(column);
        row.add(text, 0, text.length);
        column.consume();
      }
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    } catch (InvalidInputException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new InvalidInputException(
          path + " cannot be read after row " + line + ": " + reason(e), e);
    } catch (LinkageError e) {
      throw new InvalidInputException(
          path
              + " cannot be unpacked, as a native library does not load here ("
              + e
              + "); write it with snappy, gzip or no compression",
          e);
    }
    rowsLeft--;
    line++;
    return true;
  }

  private boolean hasRow() throws IOException {
    while (rowsLeft == 0) {
      PageReadStore group = file.readNextRowGroup();
      if (group == null) {
        return false;
      }
      FileMetaData meta = file.getFileMetaData();
      ColumnReadStore store =
          new ColumnReadStoreImpl(
              group,
              new DummyRecordConverter(meta.getSchema()).getRootConverter(),
              meta.getSchema(),
              meta.getCreatedBy());
      columns = meta.getSchema().getColumns().stream().map(store::getColumnReader).toList();
      rowsLeft = group.getRowCount();
    }
    return true;
  }

  private static byte[] text(ColumnReader column) {
    if (column.getCurrentDefinitionLevel() < column.getDescriptor().getMaxDefinitionLevel()) {
      return EMPTY;
    }
    PrimitiveType type = column.getDescriptor().getPrimitiveType();
    return switch (type.getPrimitiveTypeName()) {
      case BINARY, FIXED_LEN_BYTE_ARRAY -> bytes(type, column.getBinary());
      case INT96 -> ascii(type.stringifier().stringify(column.getBinary()));
      case BOOLEAN -> ascii(column.getBoolean() ? "1" : "0");
      case INT32 -> ascii(integer(type, column.getInteger()));
      case INT64 -> ascii(integer(type, column.getLong()));
      case FLOAT -> ascii(Float.toString(column.getFloat()));
      case DOUBLE -> ascii(Double.toString(column.getDouble()));
    };
  }

  /** As they are, where nothing says that they are other than text. */
  private static byte[] bytes(PrimitiveType type, Binary value) {
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    return meaning == null || meaning instanceof StringLogicalTypeAnnotation
        ? value.getBytes()
        : type.stringifier().stringify(value).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String integer(PrimitiveType type, int value) {
    return isMeant(type) ? type.stringifier().stringify(value) : Integer.toString(value);
  }

  private static String integer(PrimitiveType type, long value) {
    return isMeant(type) ? type.stringifier().stringify(value) : Long.toString(value);
  }

  /** Whether integers stand for decimals, or may have no sign. */
  private static boolean isMeant(PrimitiveType type) {
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    return meaning instanceof DecimalLogicalTypeAnnotation
        || meaning instanceof IntLogicalTypeAnnotation;
  }

  private static String reason(RuntimeException e) {
    // The library names what it reads through, where it means the file.
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
      file.close();
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    }
  }
}
