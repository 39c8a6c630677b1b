package org.mlora.train;

import java.nio.file.Path;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.checkpoint.ModelFile;

/** What trainings that go on from a trained model have in common. */
public final class FurtherTraining {
  private FurtherTraining() {}

  /**
   * The configuration that a model was trained with.
   *
   * @param model a run, whose best model is meant, or a saved model
   * @throws org.mlora.error.InvalidInputException when there is none, or a file is damaged
   */
  public static TrainingConfig configOf(Path model) {
    return configOf(Checkpoint.open(model));
  }

  static TrainingConfig configOf(Checkpoint checkpoint) {
    return TrainingConfigJson.read(
        checkpoint.model().training().path("config"),
        checkpoint.folder().resolve(ModelFile.NAME) + ": training.config");
  }

  /** What an engine starts from, so that training never makes it worse on validation rows. */
  static TrainingState start(Engine engine, Material material, TrainingConfig config) {
    try (Session.Resident rows = engine.load(material.validation())) {
      return TrainingState.start().withBest(config.earlyStop().of(material.evaluate(engine, rows)));
    }
  }
}
