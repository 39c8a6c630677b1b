package org.mlora.data.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.mlora.error.InvalidInputException;

/** Reads a folder as one, though others may put another in its place meanwhile. */
public final class WholeFolder {
  /** How often a folder is read anew that was replaced meanwhile. */
  private static final int ATTEMPTS = 20;

  private WholeFolder() {}

  /**
   * What is read of the folder that has the name now, again where that changed before all was read.
   *
   * @param reading is given where the folder is: under its name, or, while it is replaced and where
   *     that was cut off, where it stepped aside, see {@link AtomicFolder#current}
   * @throws InvalidInputException as the reading does, of a folder that stayed in its place
   */
  public static <T> T read(Path folder, Function<Path, T> reading) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      Place before = Place.of(folder);
      try {
        T read = reading.apply(before.path());
        if (before.equals(Place.of(folder))) {
          return read;
        }
      } catch (InvalidInputException e) {
        if (before.equals(Place.of(folder))) {
          throw e;
        }
      }
    }
    throw new InvalidInputException(folder + " was replaced while it was read; open it again");
  }

  private record Place(Path path, Optional<FolderIdentity> identity) {
    static Place of(Path folder) {
      Path current = AtomicFolder.current(folder);
      boolean aside = !Files.exists(folder) && Files.exists(current);
      return new Place(aside ? current : folder, FolderIdentity.byManifest(current));
    }
  }
}
