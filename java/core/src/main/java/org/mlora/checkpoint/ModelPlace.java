package org.mlora.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.mlora.data.store.AtomicFolder;
import org.mlora.data.store.FolderTree;
import org.mlora.data.store.RegularFile;
import org.mlora.error.InvalidInputException;

/** Where the model is of a folder that is a model's, or a run's, whose best model is meant. */
final class ModelPlace {
  /** How often a model is looked for that others replace at the same moment. */
  private static final int LOOKS = 10;

  private ModelPlace() {}

  /**
   * The folder of the model.
   *
   * @throws InvalidInputException saying what the folder is, where it has none
   */
  static Path of(Path folder) {
    for (int look = 0; look < LOOKS; look++) {
      Optional<Path> found = found(folder);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new InvalidInputException(folder + absence(folder));
  }

  /** Whether there is one, damaged or not. */
  static boolean isIn(Path folder) {
    return found(folder).isPresent();
  }

  private static Optional<Path> found(Path folder) {
    return candidates(folder)
        .filter(place -> RegularFile.isThere(place.resolve(ModelFile.NAME)))
        .findFirst();
  }

  private static Stream<Path> candidates(Path folder) {
    return Stream.of(folder, folder.resolve(RunFolder.BEST)).map(AtomicFolder::current);
  }

  private static String absence(Path folder) {
    if (!Files.isDirectory(folder)) {
      return (Files.exists(folder) ? " is a file, not a folder" : ": no such folder")
          + "; train one with 'mlora train'";
    }
    if (isState(AtomicFolder.current(folder.resolve(RunFolder.LAST)))) {
      return " has no model yet, its training was stopped before an epoch had ended; go on with the"
          + " command that started it and --resume";
    }
    return runBelow(folder)
        .map(run -> " holds several runs; name one of them, such as " + run)
        .orElse(
            " holds no trained model (neither model.json nor best/model.json); train one with"
                + " 'mlora train'");
  }

  /** What to say of a folder that holds what a training goes on from, and no model. */
  static String stateFor(Path state) {
    Path run = state.resolveSibling(".").normalize();
    return " is what a training goes on from, not a model; "
        + (isIn(run) ? "name its run, or best beside it" : run + absence(run));
  }

  /** The first run in a folder of several, as those of several seeds are kept. */
  private static Optional<Path> runBelow(Path folder) {
    return FolderTree.names(folder).stream()
        .map(folder::resolve)
        .filter(child -> candidates(child).anyMatch(ModelPlace::isModel))
        .findFirst();
  }

  private static boolean isModel(Path place) {
    return Files.isRegularFile(place.resolve(ModelFile.NAME)) && !isState(place);
  }

  private static boolean isState(Path place) {
    return Files.isRegularFile(place.resolve(Checkpoint.OPTIMIZER));
  }
}
