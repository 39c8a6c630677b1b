package org.mlora.data.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.mlora.error.InvalidInputException;

/**
 * A folder that appears whole or not at all: it is filled under a temporary name beside its target,
 * forced to the disk, and renamed. One that is replaced steps aside just before; wherever that is
 * cut off, {@link #current} finds a whole one, the new or the old. Of several writers of one target
 * the last stays. What was not committed, or was replaced, is deleted on close, and so is what
 * killed processes left of the same target when it is begun again.
 */
public final class AtomicFolder implements AutoCloseable {
  /** Those that are not closed. */
  private static final Set<AtomicFolder> OPEN = ConcurrentHashMap.newKeySet();

  /** How often the name is tried again that other writers use at the same moment. */
  private static final int ATTEMPTS = 100;

  /** How often a name is looked up again while others replace what it names. */
  private static final int LOOKS = 10;

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
    this.target = target(shown);
    this.overwrite = overwrite;
    this.kind = kind;
    requireReplaceable();
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
   * @param remedy what to do where a folder is there that is not to be replaced
   */
  public record Kind(String marker, Function<Path, Predicate<String>> files, String remedy) {
    /**
     * Refuses a folder that holds anything else; one that is empty or not there is none.
     *
     * @throws InvalidInputException naming what it holds
     */
    public void requireReplaceable(Path folder) {
      requireReplaceable(folder, folder);
    }

    private void requireReplaceable(Path folder, Path shown) {
      if (!Files.isDirectory(folder) || FolderTree.isEmpty(folder)) {
        return;
      }
      if (!Files.isRegularFile(folder.resolve(marker))) {
        throw new InvalidInputException(
            shown + " holds no " + marker + ", so it is not replaced; choose another folder");
      }
      Predicate<String> own = own(folder, shown);
      for (String file : FolderTree.files(folder)) {
        if (!file.equals(marker) && !own.test(file)) {
          throw new InvalidInputException(
              shown
                  + " holds "
                  + file
                  + ", which is no part of what would be replaced; move it away, or choose another"
                  + " folder");
        }
      }
    }

    private Predicate<String> own(Path folder, Path shown) {
      try {
        return files.apply(folder);
      } catch (InvalidInputException e) {
        throw new InvalidInputException(
            shown + " is not replaced, choose another folder: " + e.getMessage(), e);
      }
    }
  }

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

  /**
   * The whole folder of a name, which need not exist: while it is replaced, or where that was cut
   * off, the one that stepped aside. Where others replace it, it may be gone when it is read.
   */
  public static Path current(Path folder) {
    Path target = target(folder);
    for (int look = 0; look < LOOKS && !Files.exists(target); look++) {
      Optional<Path> aside = PartName.aside(target);
      if (aside.isPresent()) {
        return aside.get();
      }
    }
    return target;
  }

  /**
   * Finishes or undoes what a killed process left of a folder that nobody else writes.
   *
   * @throws InvalidInputException where the file system refuses it
   */
  public static void recover(Path folder) {
    Path target = target(folder);
    Optional<Path> aside = Files.exists(target) ? Optional.empty() : PartName.aside(target);
    try {
      if (aside.isPresent()) {
        Files.move(aside.get(), target, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(folder, e);
    }
    PartName.all(target).forEach(FolderTree::delete);
  }

  /** What a link leads to, be it there or not. */
  private static Path target(Path shown) {
    try {
      return shown.toRealPath();
    } catch (IOException e) {
      return linked(shown).toAbsolutePath().normalize();
    }
  }

  private static Path linked(Path shown) {
    try {
      return shown.resolveSibling(Files.readSymbolicLink(shown));
    } catch (IOException e) {
      // No link.
      return shown;
    }
  }

  private void requireReplaceable() {
    for (int look = 1; ; look++) {
      Optional<FolderIdentity> before = FolderIdentity.of(target);
      try {
        requireFree();
        return;
      } catch (InvalidInputException e) {
        // Others replaced it while it was looked at.
        if (look == LOOKS || before.equals(FolderIdentity.of(target))) {
          throw e;
        }
      }
    }
  }

  private void requireFree() {
    if (Files.isSymbolicLink(shown) && !Files.exists(current(shown))) {
      throw new InvalidInputException(
          shown + " is a link to a folder that is not there; choose another name");
    }
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(target)) {
      throw new InvalidInputException(shown + " exists and is not a folder; choose another name");
    }
    if (!overwrite && !FolderTree.isEmpty(target)) {
      throw new InvalidInputException(shown + " exists already; " + kind.remedy());
    }
    kind.requireReplaceable(target, shown);
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
      throw FileErrors.cannotWrite(shown, e);
    }
  }

  /** As a whole also for {@link #close} on the thread that ends the process. */
  private synchronized void putInPlace() throws IOException {
    for (int attempt = 1; !committed; attempt++) {
      // Others may have used the name since the beginning.
      requireReplaceable();
      boolean replaces = overwrite && stepsAside();
      try {
        // Fails where there is a folder that is not empty.
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        committed = true;
      } catch (IOException e) {
        boolean others = Files.exists(target);
        if (replaces) {
          takeBack(others);
        }
        if (attempt == ATTEMPTS || !(overwrite && others)) {
          throw e;
        }
      }
    }
  }

  private boolean stepsAside() throws IOException {
    try {
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void takeBack(boolean others) throws IOException {
    if (others) {
      FolderTree.delete(old);
    } else {
      Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  @Override
  public synchronized void close() {
    OPEN.remove(this);
    FolderTree.delete(committed ? old : temporary);
    if (committed) {
      PartName.deleteAbandoned(target);
    } else {
      parents.takeBack();
    }
  }

  /** Closes all that are open, for a process that ends in the midst of its work. */
  public static void closeAll() {
    OPEN.forEach(AtomicFolder::close);
  }
}
