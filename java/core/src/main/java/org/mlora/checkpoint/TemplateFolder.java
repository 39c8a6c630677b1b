package org.mlora.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import org.mlora.data.Dataset;
import org.mlora.data.prepare.Template;
import org.mlora.data.store.Manifest;
import org.mlora.error.InvalidInputException;

/** Opens what tables are prepared like, whichever it is. */
public final class TemplateFolder {
  private TemplateFolder() {}

  /**
   * Opens the folder of a run, whose best model is meant, of a saved model, or of a data set.
   *
   * @throws InvalidInputException when there is none of them, or a file is missing or damaged
   */
  public static Template open(Path folder) {
    if (ModelPlace.isIn(folder)) {
      return Checkpoint.use(folder, Checkpoint::template);
    }
    if (!Files.exists(folder.resolve(Manifest.NAME))) {
      throw new InvalidInputException(
          folder
              + (Files.isDirectory(folder)
                  ? " holds neither a trained model nor a prepared data set"
                  : Files.exists(folder) ? " is a file, not a folder" : ": no such folder")
              + "; name the folder of a run, of a saved model or of a data set");
    }
    try (Dataset data = Dataset.open(folder)) {
      return Template.of(data);
    }
  }
}
