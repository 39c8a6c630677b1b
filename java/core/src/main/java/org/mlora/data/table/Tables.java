package org.mlora.data.table;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/** Opens tables by what they are. */
public final class Tables {
  /** Begins files of Parquet. */
  static final byte[] PARQUET = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private Tables() {}

  /** Opens a Parquet file, told by its first bytes, or a text file of the format, gzip or not. */
  public static TableReader open(Path path, DelimitedFormat format) {
    if (Files.isDirectory(path)) {
      throw new InvalidInputException(path + " is a folder; give a file");
    }
    return isParquet(path) ? parquet(path) : DelimitedReader.open(path, format);
  }

  private static TableReader parquet(Path path) {
    try {
      return ParquetTable.open(path);
    } catch (LinkageError e) {
      // The jars of Parquet share packages, which the module path does not allow.
      throw new InvalidInputException(
          path + ": Parquet is read only where this library runs on the class path", e);
    }
  }

  private static boolean isParquet(Path path) {
    if (!Files.isRegularFile(path)) {
      // What is read from a pipe is gone from it.
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      return Arrays.equals(in.readNBytes(4), PARQUET);
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    }
  }
}
