package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.Dataset;
import org.mlora.data.store.Manifest;
import org.mlora.error.InvalidInputException;

/** A run whose files were changed, or are of several runs, is not gone on with. */
class ForeignRunTest {
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(1);

  @TempDir Path folder;
  private Path run;

  @BeforeEach
  void train() {
    run = folder.resolve("run");
    try (Dataset data = data()) {
      trainer(CONFIG).train(data, run).close();
    }
  }

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books"), 100);
  }

  private static Trainer trainer(TrainingConfig config) {
    return new Trainer(TrainerTest.SPEC, config, new ReferenceBackend());
  }

  private void refused(TrainingConfig config, Path file, String... says) {
    try (Dataset data = Dataset.open(folder.resolve("data"))) {
      assertThatThrownBy(() -> trainer(config).resume(data, run).close())
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContainingAll(says);
    }
  }

  private static void replace(Path file, String from, String to) throws IOException {
    Files.writeString(file, Files.readString(file).replaceFirst(from, to));
  }

  @Test
  void aConfigurationThatWasChangedAfterTheStartIsRefused() throws IOException {
    replace(run.resolve("config.json"), "\"batch\" : 64", "\"batch\" : 32");
    refused(
        CONFIG.withBatch(32),
        run.resolve("last"),
        "was started with batch 64, not 32",
        "train anew in another folder");
  }

  @Test
  void theBestModelOfAnotherRunIsRefused() throws IOException {
    Path other = folder.resolve("other");
    try (Dataset data = Dataset.open(folder.resolve("data"))) {
      trainer(CONFIG.withSeed(9)).train(data, other).close();
    }
    for (String name : List.of("weights.safetensors", "model.json", "manifest.json")) {
      Files.write(
          run.resolve("best").resolve(name),
          Files.readAllBytes(other.resolve("best").resolve(name)));
    }
    refused(CONFIG, run.resolve("best"), "was started with seed 9, not");
  }

  @ParameterizedTest
  @CsvSource({
    "phase, 7, 'in [0, 0]'",
    "phase, -1, 'in [0, 0]'",
    "epochs_in_phase, 5, 'in [0, 1]'",
    "step_in_epoch, -3, 'in [0, 129]'",
    "step_in_epoch, 1000000, 'in [0, 129]'",
    "engine_step, -1, at least 0",
    "best_epoch, 9, 'in [0, 1]'",
    "bad_epochs, -2, 'in [0, 1]'",
  })
  void aStateThatNoTrainingReachesIsRefused(String key, long value, String must)
      throws IOException {
    Path last = run.resolve("last");
    replace(last.resolve("model.json"), "\"" + key + "\" : -?\\d+", "\"" + key + "\" : " + value);
    Manifest.of(last, "mlora-model", 1).write(last);
    refused(
        CONFIG,
        last.resolve("model.json"),
        "training.state." + key + " is " + value + "; it must be " + must);
  }

  @Test
  void anUpdateNamesTheFileOfAModelThatIsTooLarge() throws IOException {
    Path best = run.resolve("best");
    replace(best.resolve("model.json"), "\"hidden\" : \\[[^]]*]", "\"hidden\" : [ 2000000000 ]");
    Manifest.of(best, "mlora-model", 1).write(best);
    ModelUpdate update = new ModelUpdate(CONFIG, new ReferenceBackend(), new TrainingListener() {});
    try (Dataset data = Dataset.open(folder.resolve("data"))) {
      assertThatThrownBy(() -> update.run(run, data, folder.resolve("updated")).close())
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContainingAll(best.resolve("model.json").toString(), "is too large");
    }
  }
}
