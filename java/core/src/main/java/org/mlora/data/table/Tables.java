package org.mlora.data.table;

import java.nio.file.Files;
import java.nio.file.Path;
import org.mlora.error.InvalidInputException;

/** Opens tables by what they are. */
public final class Tables {
  private Tables() {}

  /** Opens a CSV, TSV or gzipped file with the format. */
  public static TableReader open(Path path, DelimitedFormat format) {
    if (Files.isDirectory(path)) {
      throw new InvalidInputException(path + " is a folder; give a file");
    }
    return DelimitedReader.open(path, format);
  }
}
