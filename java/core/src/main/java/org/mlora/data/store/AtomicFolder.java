package org.mlora.data.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.mlora.error.InvalidInputException;

/**
 * A folder that appears whole or not at all: it is filled under a temporary name beside its target,
 * forced to the disk, and renamed. What was not committed is deleted on close.
 */
public final class AtomicFolder implements AutoCloseable {
  private final Path target;
  private final Path temporary;
  private boolean committed;

  private AtomicFolder(Path target, Path temporary) {
    this.target = target;
    this.temporary = temporary;
  }

  /**
   * Starts a folder.
   *
   * @param marker an existing target is replaced only if it holds a file of this name, or nothing
   * @throws InvalidInputException where the target exists (without {@code overwrite}) or its parent
   *     cannot be written
   */
  public static AtomicFolder begin(Path target, boolean overwrite, String marker) {
    Path absolute = target.toAbsolutePath().normalize();
    checkTarget(target, absolute, overwrite, marker);
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new InvalidInputException(target + " cannot be written: it is the root folder");
    }
    try {
      Files.createDirectories(parent);
      Path name = absolute.getFileName();
      // Not a temporary folder of the system's: who may read the data is for the umask to say.
      Path temporary = parent.resolve("." + name + ".part-" + UUID.randomUUID());
      return new AtomicFolder(absolute, Files.createDirectory(temporary));
    } catch (IOException e) {
      throw FileErrors.cannotWrite(target, e);
    }
  }

  private static void checkTarget(Path shown, Path target, boolean overwrite, String marker) {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(target)) {
      throw new InvalidInputException(shown + " exists and is not a folder; choose another name");
    }
    try (Stream<Path> children = Files.list(target)) {
      if (children.findAny().isEmpty()) {
        return;
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(shown, e);
    }
    if (!overwrite) {
      throw new InvalidInputException(
          shown + " exists already; choose another folder or add --overwrite");
    }
    if (!Files.isRegularFile(target.resolve(marker))) {
      throw new InvalidInputException(
          shown + " holds no " + marker + ", so it is not replaced; delete it yourself");
    }
  }

  /** Where to put the files. */
  public Path path() {
    return temporary;
  }

  /** Makes the folder appear under its name. */
  public void commit() {
    try {
      forceFolders();
      List<Path> replaced = moveTargetAway();
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      committed = true;
      force(target.resolveSibling("."));
      for (Path old : replaced) {
        FolderTree.delete(old);
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(target, e);
    }
  }

  private List<Path> moveTargetAway() throws IOException {
    if (!Files.exists(target)) {
      return List.of();
    }
    Path old = Path.of(temporary + ".old");
    Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    return List.of(old);
  }

  private void forceFolders() throws IOException {
    try (Stream<Path> all = Files.walk(temporary)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        force(path);
      }
    }
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void close() {
    if (!committed) {
      FolderTree.delete(temporary);
    }
  }
}
