package org.mlora.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.FolderTree;
import org.mlora.error.InvalidInputException;

/**
 * A folder that is replaced as a whole. The new one is filled under a temporary name beside it and
 * forced to the disk; then the old one steps aside, the new one takes its name, and the old one is
 * deleted. Wherever that is cut off, {@link #current} finds a complete folder, the new or the old.
 */
final class SwapFolder {
  private final Path folder;
  private final Path fresh;
  private final Path old;

  SwapFolder(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    this.folder = absolute;
    this.fresh = absolute.resolveSibling("." + absolute.getFileName() + ".new");
    this.old = absolute.resolveSibling("." + absolute.getFileName() + ".old");
  }

  /** The complete folder; the returned path need not exist where nothing was ever written. */
  Path current() {
    return !Files.exists(folder) && Files.exists(old) ? old : folder;
  }

  /** Whether there is something to read. */
  boolean exists() {
    return Files.exists(current());
  }

  /** Finishes or undoes what a killed process left. */
  void recover() {
    if (!Files.exists(folder) && Files.exists(old)) {
      try {
        Files.move(old, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw FileErrors.cannotWrite(folder, e);
      }
    }
    FolderTree.delete(old);
    FolderTree.delete(fresh);
  }

  /** Replaces the folder by what {@code fill} puts into the empty folder it is given. */
  void replace(Consumer<Path> fill) {
    recover();
    try {
      Files.createDirectories(fresh);
      try {
        fill.accept(fresh);
        FolderTree.forceAll(fresh);
        if (Files.exists(folder)) {
          Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException | RuntimeException e) {
        deleteAfter(e);
        throw e;
      }
      FolderTree.force(folder.resolveSibling("."));
    } catch (IOException e) {
      throw FileErrors.cannotWrite(folder, e);
    }
    FolderTree.delete(old);
  }

  private void deleteAfter(Exception first) {
    try {
      FolderTree.delete(fresh);
    } catch (InvalidInputException e) {
      first.addSuppressed(e);
    }
  }
}
