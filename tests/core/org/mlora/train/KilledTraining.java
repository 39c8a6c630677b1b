package org.mlora.train;

import java.nio.file.Files;
import java.nio.file.Path;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;

/** A process that trains, or goes on training, until it ends or is killed. */
final class KilledTraining {
  private KilledTraining() {}

  static TrainingConfig config() {
    return TrainerTest.CONFIG
        .withPhases(Phases.PRETRAIN_FINETUNE)
        .withMaxEpochs(12)
        .withPatience(12)
        .withCheckpointSteps(2);
  }

  /** Arguments: the data set and the run. Prints a line before each step. */
  public static void main(String[] arguments) {
    Path run = Path.of(arguments[1]);
    try (Dataset data = Dataset.open(Path.of(arguments[0]))) {
      HookedBackend backend =
          new HookedBackend(new CpuBackend(2), step -> System.out.println("step " + step));
      Trainer trainer = new Trainer(TrainerTest.SPEC, config(), backend);
      boolean started = Files.exists(run.resolve("config.json"));
      (started ? trainer.resume(data, run) : trainer.train(data, run)).close();
    }
  }
}
