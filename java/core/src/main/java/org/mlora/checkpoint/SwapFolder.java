package org.mlora.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.mlora.data.store.FileErrors;

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
    try {
      if (!Files.exists(folder) && Files.exists(old)) {
        Files.move(old, folder, StandardCopyOption.ATOMIC_MOVE);
      }
      delete(old);
      delete(fresh);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(folder, e);
    }
  }

  /** Replaces the folder by what {@code fill} puts into the empty folder it is given. */
  void replace(Consumer<Path> fill) {
    recover();
    try {
      Files.createDirectories(fresh);
      try {
        fill.accept(fresh);
        force(fresh);
      } catch (IOException | RuntimeException e) {
        deleteAfter(e);
        throw e;
      }
      if (Files.exists(folder)) {
        Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
      force(List.of(parent()));
      delete(old);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(folder, e);
    }
  }

  private Path parent() {
    Path parent = folder.getParent();
    return parent == null ? folder : parent;
  }

  private void deleteAfter(Exception first) {
    try {
      delete(fresh);
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  private static void force(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      force(all.toList());
    }
  }

  private static void force(List<Path> paths) throws IOException {
    for (Path path : paths) {
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
