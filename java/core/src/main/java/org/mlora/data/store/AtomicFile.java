package org.mlora.data.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.mlora.error.InvalidInputException;

/**
 * A file that appears whole or not at all: it is written under a temporary name beside its target,
 * forced to the disk, and renamed. What was not committed is deleted on close, and so is what
 * killed processes left of the same target when it is begun again.
 */
public final class AtomicFile implements AutoCloseable {
  private final Path shown;
  private final Path target;
  private final boolean overwrite;
  private final Path temporary;
  private final FileChannel channel;

  private AtomicFile(Path shown, boolean overwrite) throws IOException {
    if (Files.isDirectory(shown)) {
      throw new InvalidInputException(shown + " is a folder; give the name of a file");
    }
    this.shown = shown;
    this.overwrite = overwrite;
    this.target = target(shown);
    this.temporary = PartName.beside(target);
    this.channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /**
   * Starts a file, that which a link leads to where the name is a link.
   *
   * @param overwrite whether a file that has the name by {@link #commit} is replaced
   * @throws InvalidInputException where it is a folder, or its folder cannot be written
   */
  public static AtomicFile begin(Path file, boolean overwrite) {
    try {
      return new AtomicFile(file, overwrite);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }

  /**
   * Where a file is, or would be, behind the links of its name.
   *
   * @throws InvalidInputException where its folder is not there, or may not be looked into
   */
  public static Path target(Path file) {
    try {
      return Files.exists(file)
          ? file.toRealPath()
          : file.toAbsolutePath().resolveSibling(".").toRealPath().resolve(file.getFileName());
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }

  /**
   * Writes a text in UTF-8, and makes the folders above it.
   *
   * @throws InvalidInputException where it is a folder, or cannot be written
   */
  public static void write(Path file, String text) {
    try {
      Files.createDirectories(file.toAbsolutePath().resolveSibling("."));
      try (AtomicFile fresh = begin(file, true)) {
        fresh.stream().write(text.getBytes(StandardCharsets.UTF_8));
        fresh.commit();
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }

  /** Where to write what is in it; not buffered, and not to be closed. */
  public OutputStream stream() {
    return Channels.newOutputStream(channel);
  }

  /**
   * Makes the file appear under its name.
   *
   * @throws InvalidInputException where it cannot be written, or another has the name by now that
   *     is not to be replaced
   */
  public void commit() {
    try {
      channel.force(true);
      if (overwrite) {
        Files.move(
            temporary, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      } else {
        Files.move(temporary, target);
      }
    } catch (FileAlreadyExistsException e) {
      throw new InvalidInputException(
          shown + " exists by now, it is not replaced; choose another name", e);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(shown, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw FileErrors.cannotDelete(temporary, e);
    }
  }
}
