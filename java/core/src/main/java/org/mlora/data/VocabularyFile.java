package org.mlora.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/** Reads files of a {@link Vocabulary}. */
final class VocabularyFile {
  private VocabularyFile() {}

  private interface Content {
    byte[] read() throws IOException;
  }

  /**
   * Reads one at once, which may be a pipe.
   *
   * @param given whether somebody else has written it
   */
  static Vocabulary read(Path path, boolean given) {
    return read(path, given, () -> Files.readAllBytes(path));
  }

  /** Maps one as it is now, to be read when asked for, whatever has become of its name by then. */
  static Supplier<Vocabulary> map(Path path) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      // No array is as long, so that reading it refuses a larger one.
      long size = Math.min(channel.size(), Integer.MAX_VALUE);
      ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
      return () ->
          read(
              path,
              false,
              () -> {
                byte[] bytes = new byte[mapped.limit()];
                mapped.get(0, bytes);
                return bytes;
              });
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    }
  }

  private static Vocabulary read(Path path, boolean given, Content content) {
    byte[] bytes;
    try {
      bytes = content.read();
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    } catch (OutOfMemoryError e) {
      throw new InvalidInputException(path + " is too large for a vocabulary", e);
    }
    Vocabulary vocabulary = new Vocabulary();
    int line = 1;
    int start = given ? ByteOrderMark.length(bytes, 0, bytes.length) : 0;
    while (start < bytes.length) {
      int end = start;
      int to = start;
      for (; end < bytes.length && bytes[end] != '\n'; end++) {
        byte c = bytes[end];
        if (c == '\\') {
          end++;
          c = end < bytes.length ? unescape(bytes[end]) : 0;
          if (c == 0) {
            throw new InvalidInputException(path + " line " + line + ": unknown escape after \\");
          }
        }
        bytes[to++] = c;
      }
      if (given && to > start && bytes[end - 1] == '\r') {
        to--;
      }
      if (given && to == start) {
        throw new InvalidInputException(
            path + " line " + line + " is empty; an empty cell means a missing value");
      }
      try {
        if (vocabulary.add(bytes, start, to) != line) {
          throw new InvalidInputException("the same text is there twice");
        }
      } catch (InvalidInputException e) {
        throw e.in(path + " line " + line);
      }
      start = end + 1;
      line++;
    }
    return vocabulary;
  }

  private static byte unescape(byte c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case '\\' -> '\\';
      default -> 0;
    };
  }
}
