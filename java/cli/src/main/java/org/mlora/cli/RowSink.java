package org.mlora.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.mlora.cli.terminal.Terminal;
import org.mlora.data.store.AtomicFile;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.Manifest;
import org.mlora.error.InvalidInputException;

/**
 * Where rows are written: standard output, or a file that appears whole or not at all (devices and
 * pipes are written as they are).
 */
final class RowSink implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path shown;
  private final Optional<AtomicFile> file;
  private final OutputStream stream;
  private final Optional<Terminal> standard;

  private RowSink(
      Path shown, Optional<AtomicFile> file, OutputStream stream, Optional<Terminal> standard) {
    this.shown = shown;
    this.file = file;
    this.stream = stream;
    this.standard = standard;
  }

  /** Writes to the standard output of a terminal, which somebody else closes. */
  static RowSink of(Terminal terminal) {
    return new RowSink(
        Path.of("standard output"),
        Optional.empty(),
        new BufferedOutputStream(terminal.out(), BUFFER),
        Optional.of(terminal));
  }

  /**
   * Writes a file, that which a link leads to where the name is a link.
   *
   * @throws InvalidInputException where it exists (without {@code overwrite}), would be in a model
   *     or a data set, or cannot be written
   */
  static RowSink of(Path file, boolean overwrite) {
    boolean special = Files.exists(file) && !Files.isRegularFile(file);
    if (Files.isDirectory(file)) {
      throw new InvalidInputException("--out " + file + " is a folder; give the name of a file");
    }
    if (Files.exists(file) && !special && !overwrite) {
      throw new InvalidInputException(
          "--out " + file + " exists already; choose another name or add --overwrite");
    }
    if (Files.isSymbolicLink(file) && !Files.exists(file)) {
      throw new InvalidInputException(
          "--out " + file + " is a link to a file that is not there; choose another name");
    }
    if (!special) {
      refuseInside(file);
    }
    try {
      if (special) {
        OutputStream stream = Files.newOutputStream(file, StandardOpenOption.WRITE);
        return new RowSink(file, Optional.empty(), buffered(file, stream), Optional.empty());
      }
      AtomicFile fresh = AtomicFile.begin(file, overwrite);
      return new RowSink(
          file, Optional.of(fresh), buffered(file, fresh.stream()), Optional.empty());
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }

  /** What is in a model or a data set is checked, and may be what is read. */
  private static void refuseInside(Path file) {
    Optional<Path> folder = Manifest.folderAbove(AtomicFile.target(file));
    if (folder.isPresent()) {
      throw new InvalidInputException(
          "--out "
              + file
              + " is in the model or data set "
              + folder.get()
              + ", to which nothing is added; choose another folder");
    }
  }

  private static OutputStream buffered(Path file, OutputStream stream) throws IOException {
    OutputStream buffered = new BufferedOutputStream(stream, BUFFER);
    return file.toString().endsWith(".gz") ? new GZIPOutputStream(buffered, BUFFER) : buffered;
  }

  void write(byte[] bytes, int from, int count) {
    try {
      stream.write(bytes, from, count);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(shown, e);
    }
  }

  /** Lets what was written so far arrive, where that is no file that is not whole yet. */
  void flush() {
    try {
      stream.flush();
    } catch (IOException e) {
      throw FileErrors.cannotWrite(shown, e);
    }
    settle();
  }

  /** Fails where rows do not arrive, see {@link Terminal#settle}. */
  void settle() {
    standard.ifPresent(Terminal::settle);
  }

  /** All is written: makes the file appear under its name. */
  void commit() {
    try {
      if (stream instanceof GZIPOutputStream compressed) {
        compressed.finish();
      }
      flush();
    } catch (IOException e) {
      throw FileErrors.cannotWrite(shown, e);
    }
    file.ifPresent(AtomicFile::commit);
  }

  /** Takes back what was not committed. */
  @Override
  public void close() {
    // The file alone: closing the streams above it would write what is left in them.
    file.ifPresent(AtomicFile::close);
    if (file.isEmpty() && standard.isEmpty()) {
      try {
        stream.close();
      } catch (IOException e) {
        throw FileErrors.cannotWrite(shown, e);
      }
    }
  }
}
