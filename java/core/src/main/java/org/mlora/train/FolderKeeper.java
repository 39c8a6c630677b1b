package org.mlora.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Optional;
import org.mlora.backend.Engine;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.checkpoint.ModelFile;
import org.mlora.checkpoint.RunFolder;
import org.mlora.model.ModelSpec;

/** Keeps a training in a {@link RunFolder}. */
final class FolderKeeper implements Keeper {
  private final RunFolder run;
  private final ModelSpec spec;
  private final TrainingConfig config;
  private final Material material;

  FolderKeeper(RunFolder run, ModelSpec spec, TrainingConfig config, Material material) {
    this.run = run;
    this.spec = spec;
    this.config = config;
    this.material = material;
  }

  @Override
  public void keepBest(Engine engine, TrainingState state) {
    Checkpoint.saveModel(run.bestFolder(), true, engine, file(state), material.vocabularies());
  }

  @Override
  public void restoreBest(Engine engine) {
    run.best().ifPresent(best -> best.readWeights(engine));
  }

  @Override
  public void keepCalibration(Engine engine, Optional<PlattScaling> calibration) {
    Optional<ModelFile> best = run.best().map(Checkpoint::model);
    if (best.isPresent() && !best.get().calibration().equals(calibration)) {
      ModelFile calibrated = best.get().withCalibration(calibration);
      Checkpoint.saveModel(run.bestFolder(), true, engine, calibrated, material.vocabularies());
    }
  }

  @Override
  public Optional<Path> keepLast(Engine engine, TrainingState state) {
    Checkpoint.saveState(run.lastFolder(), engine, config.optimizer(), file(state));
    return Optional.of(run.lastFolder());
  }

  @Override
  public void note(EpochRecord epoch) {
    run.appendMetrics(epoch.toJson());
  }

  @Override
  public String lastGood() {
    return run.best()
        .or(run::last)
        .map(good -> "the last good checkpoint is " + good.folder())
        .orElse("nothing was saved");
  }

  private ModelFile file(TrainingState state) {
    return new ModelFile(spec, material.schema(), material.checksum(), training(config, state));
  }

  /** What {@code model.json} holds of a training. */
  static ObjectNode training(TrainingConfig config, TrainingState state) {
    ObjectNode training = JsonNodeFactory.instance.objectNode();
    training.set("config", TrainingConfigJson.write(config));
    training.set("state", state.toJson());
    return training;
  }
}
