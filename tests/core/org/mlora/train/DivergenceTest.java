package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.error.DivergedException;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.serve.MloraModel;
import org.mlora.testing.Cpu;
import org.mlora.testing.NoNativeLeaks;

/** A training whose numbers run away stops, says where, and keeps what was good. */
@ExtendWith(NoNativeLeaks.class)
class DivergenceTest {
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(3);

  @TempDir Path folder;

  private final CpuBackend backend = Cpu.require(1);

  @Test
  void namesTheStepTheRowsAndTheirDomain() {
    TrainingConfig wild =
        CONFIG.withOptimizer(new Optimizer.Sgd(1e30)).withBatching(Batching.SINGLE_DOMAIN);
    Path run = folder.resolve("run");
    try (Dataset data = data()) {
      assertThatThrownBy(() -> train(wild, backend, data, run))
          .isInstanceOf(DivergedException.class)
          .hasMessageMatching(
              "the loss became (NaN|Infinity) in epoch 1 (at step \\d+|between steps \\d+ and \\d+)"
                  + " \\(\\d+ rows of .*'(toys|books|games)'.*\\); nothing was saved;"
                  + " lower the learning rate");
    }
    assertThat(run).doesNotExist();
  }

  @Test
  void keepsTheBestModelOfEarlierEpochs() {
    Path run = folder.resolve("run");
    try (Dataset data = data()) {
      int steps = stepsOfAnEpoch(data);
      assertThatThrownBy(() -> train(CONFIG, new Poisoning(backend, steps + 3), data, run))
          .isInstanceOf(DivergedException.class)
          .hasMessageContaining("in epoch 2")
          .hasMessageContaining("the last good checkpoint is " + run.resolve("best"));
      try (MloraModel best = MloraModel.open(run, backend)) {
        Bytes.ofEngine(best.engine()).values().forEach(DivergenceTest::assertFinite);
      }
    }
  }

  @Test
  void savesNoStateThatIsNoNumbersThoughTheLossWasStillFinite() {
    Path run = folder.resolve("run");
    TrainingConfig often = CONFIG.withCheckpointSteps(1);
    try (Dataset data = data()) {
      assertThatThrownBy(() -> train(often, new Poisoning(backend, 4), data, run))
          .isInstanceOf(DivergedException.class)
          .hasMessageContaining("after step 4")
          .hasMessageContaining("'W0' holds NaN")
          .hasMessageContaining("the last good checkpoint is " + run.resolve("last"));
      train(often, data, run);
      Path whole = folder.resolve("whole");
      train(CONFIG, backend, data, whole);
      assertThat(Bytes.ofRun(run)).isEqualTo(Bytes.ofRun(whole));
      assertThat(run).isDirectoryNotContaining("glob:**.part-*");
    }
  }

  private static void train(TrainingConfig config, Backend backend, Dataset data, Path run) {
    new Trainer(TrainerTest.SPEC, config, backend).train(data, run).close();
  }

  private void train(TrainingConfig config, Dataset data, Path run) {
    new Trainer(TrainerTest.SPEC, config, backend).resume(data, run).close();
  }

  private int stepsOfAnEpoch(Dataset data) {
    int[] steps = {0};
    HookedBackend counting = new HookedBackend(backend, step -> steps[0] = step);
    new Trainer(TrainerTest.SPEC, CONFIG.withMaxEpochs(1), counting).train(data).close();
    return steps[0];
  }

  private static void assertFinite(float[] values) {
    for (float value : values) {
      assertThat(value).isFinite();
    }
  }

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 400);
  }

  /** A backend whose first weights become NaN after a training step, counted from 1. */
  private record Poisoning(Backend backend, int step) implements Backend {
    @Override
    public String description() {
      return backend.description();
    }

    @Override
    public Engine compile(Network network) {
      Engine engine = backend.compile(network);
      Parameter weights = network.parameter("W0").orElseThrow();
      return HookedBackend.afterStep(
          engine,
          step,
          () ->
              engine.write(
                  weights, Engine.Slot.VALUE, 0, FloatBuffer.wrap(new float[] {Float.NaN})));
    }

    @Override
    public void close() {}
  }
}
