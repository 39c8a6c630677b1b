package org.mlora.data.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.mlora.error.InvalidInputException;

/**
 * A folder that appears whole or not at all: it is filled under a temporary name beside its target,
 * forced to the disk, and renamed. What was not committed, or was replaced, is deleted on close,
 * and so is what killed processes left of the same target when it is begun again.
 */
public final class AtomicFolder implements AutoCloseable {
  /** Those that are not closed. */
  private static final Set<AtomicFolder> OPEN = ConcurrentHashMap.newKeySet();

  private final Path shown;
  private final Path target;
  private final boolean overwrite;
  private final Kind kind;
  private final ParentFolders parents;
  private final Path temporary;
  private final Path old;
  private boolean committed;

  private AtomicFolder(Path shown, boolean overwrite, Kind kind) throws IOException {
    this.shown = shown;
    this.target =
        Files.isDirectory(shown) ? shown.toRealPath() : shown.toAbsolutePath().normalize();
    this.overwrite = overwrite;
    this.kind = kind;
    checkTarget();
    Path parent = target.getParent();
    if (parent == null) {
      throw new InvalidInputException(shown + " cannot be written: it is the root folder");
    }
    this.parents = ParentFolders.make(parent);
    // Not a temporary folder of the system's: who may read the data is for the umask to say.
    this.temporary = PartName.beside(target);
    this.old = Path.of(temporary + PartName.OLD);
    try {
      Files.createDirectory(temporary);
    } catch (IOException e) {
      parents.takeBack();
      throw e;
    }
    OPEN.add(this);
  }

  /**
   * What may be replaced: a folder with the marker and nothing but files that were written with it.
   *
   * @param marker a file that is in every folder of this kind
   * @param files tells, for a folder, which paths below it (with {@code /} between names) were
   *     written with it
   */
  public record Kind(String marker, Function<Path, Predicate<String>> files) {}

  /**
   * Starts a folder.
   *
   * @param overwrite whether a folder of the same kind is replaced; an empty one always is
   * @throws InvalidInputException where the target may not be replaced or its parent cannot be
   *     written
   */
  public static AtomicFolder begin(Path target, boolean overwrite, Kind kind) {
    try {
      return new AtomicFolder(target, overwrite, kind);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(target, e);
    }
  }

  private void checkTarget() throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(target)) {
      throw new InvalidInputException(shown + " exists and is not a folder; choose another name");
    }
    if (FolderTree.isEmpty(target)) {
      return;
    }
    if (!overwrite) {
      throw new InvalidInputException(
          shown + " exists already; choose another folder or add --overwrite");
    }
    if (!Files.isRegularFile(target.resolve(kind.marker()))) {
      throw new InvalidInputException(
          shown + " holds no " + kind.marker() + ", so it is not replaced; delete it yourself");
    }
    Predicate<String> own = own();
    for (String file : FolderTree.files(target)) {
      if (!file.equals(kind.marker()) && !own.test(file)) {
        throw new InvalidInputException(
            shown
                + " holds "
                + file
                + ", which is no part of what would be replaced; move it away, or choose another"
                + " folder");
      }
    }
  }

  private Predicate<String> own() {
    try {
      return kind.files().apply(target);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(
          shown + " is not replaced, delete it yourself: " + e.getMessage(), e);
    }
  }

  /** Where to put the files. */
  public Path path() {
    return temporary;
  }

  /**
   * Makes the folder appear under its name.
   *
   * @throws InvalidInputException where the target may not be replaced by now, or cannot be written
   */
  public void commit() {
    try {
      FolderTree.forceAll(temporary);
      putInPlace();
      FolderTree.force(target.resolveSibling("."));
    } catch (IOException e) {
      throw FileErrors.cannotWrite(target, e);
    }
  }

  /** As a whole also for {@link #close} on the thread that ends the process. */
  private synchronized void putInPlace() throws IOException {
    // Others may have used the name since the beginning.
    checkTarget();
    boolean replaces = overwrite && Files.exists(target);
    if (replaces) {
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      // Fails where there is a folder that is not empty.
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      committed = true;
    } catch (IOException e) {
      if (replaces) {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
  }

  @Override
  public synchronized void close() {
    OPEN.remove(this);
    FolderTree.delete(committed ? old : temporary);
    if (!committed) {
      parents.takeBack();
    }
  }

  /** Closes all that are open, for a process that ends in the midst of its work. */
  public static void closeAll() {
    OPEN.forEach(AtomicFolder::close);
  }
}
