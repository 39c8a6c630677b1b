package org.mlora.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.mlora.data.store.AtomicFile;
import org.mlora.data.store.FileErrors;

/** Small text files, written whole or not at all. */
final class TextFile {
  private TextFile() {}

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    }
  }

  static void write(Path file, String text) {
    AtomicFile.write(file, text + "\n");
  }
}
