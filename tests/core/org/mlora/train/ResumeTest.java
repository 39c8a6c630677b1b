package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class ResumeTest {
  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  /** A training that is cut off and resumed. */
  record Training(ModelSpec spec, TrainingConfig config) {
    Trainer on(Backend backend) {
      return new Trainer(spec, config, backend);
    }

    Training savedEvery(int steps) {
      return new Training(spec, config.withCheckpointSteps(steps));
    }
  }

  static Stream<Training> trainings() {
    AdapterSpec mixed =
        new AdapterSpec.MoeMlora(new AdapterSpec.Mlora(4), 0, AdapterSpec.MoeMlora.Gate.SAMPLE);
    TrainingConfig config = TrainerTest.CONFIG.withPatience(1).withMaxEpochs(2);
    return Stream.concat(
        configs().map(c -> new Training(TrainerTest.SPEC, c)),
        Stream.of(
            new Training(
                TrainerTest.SPEC
                    .withModel("nfm")
                    .withEmbeddingL2(1e-3)
                    .withOptions(Map.of("embedding_l2_from", "7")),
                config.withMaxEpochs(4).withPatience(2)),
            new Training(
                TrainerTest.SPEC.withAdapter(mixed),
                config.withPhases(Phases.PRETRAIN_SPECIALIZE_GATE))));
  }

  private static Stream<TrainingConfig> configs() {
    TrainingConfig base = TrainerTest.CONFIG.withMaxEpochs(4).withPatience(2);
    Optimizer.Adam adam = (Optimizer.Adam) base.optimizer();
    return Stream.of(
        base,
        base.withBatching(Batching.SINGLE_DOMAIN),
        base.withBatching(Batching.SINGLE_DOMAIN).withOuterRate(0.4),
        base.withRegularization(new Regularization(1, 0.5)),
        base.withPhases(Phases.CONTROL_JOINT).withRegularization(new Regularization(2, 0.3)),
        base.withPhases(Phases.PRETRAIN_FINETUNE),
        base.withPhases(Phases.CONTROL_JOINT),
        base.withPhases(Phases.PRETRAIN_FINETUNE)
            .withBatching(Batching.SINGLE_DOMAIN)
            .withCompatibility(new TrainingConfig.Compatibility(true, true)),
        base.withOptimizer(
            new Optimizer.Adam(
                adam.learningRate(),
                adam.beta1(),
                adam.beta2(),
                adam.epsilon(),
                Optimizer.EpsilonRule.PYTORCH,
                Optimizer.UntouchedRows.STAY)),
        base.withOptimizer(new Optimizer.Sgd(0.1)),
        base.withOptimizer(new Optimizer.Adagrad(0.05, 1e-8, 0.1)),
        base.withOptimizer(new Optimizer.RowWiseAdagrad(0.05, 1e-8, 0.1)));
  }

  @ParameterizedTest
  @MethodSource("trainings")
  void endsWithTheBitsOfAnUninterruptedRunWhereverItDied(Training training) {
    Path whole = folder.resolve("whole");
    try (Dataset data = data()) {
      AtomicInteger steps = new AtomicInteger();
      training.on(new HookedBackend(backend, steps::set)).train(data, whole).close();
      Random random = new Random(3);
      for (int i = 0; i < 3; i++) {
        Path run = folder.resolve("died" + i);
        int saved = 1 + random.nextInt(9);
        Training often = training.savedEvery(saved);
        dieOnce(often, saved + random.nextInt(steps.get()), t -> t.train(data, run));
        for (int more = 0; more < 3; more++) {
          dieOnce(often, random.nextInt(steps.get() / 3), t -> t.resume(data, run));
        }
        training.on(backend).resume(data, run).close();
        assertThat(Bytes.ofRun(run)).isEqualTo(Bytes.ofRun(whole));
        assertThat(epochs(run)).isEqualTo(epochs(whole));
      }
    }
  }

  private void dieOnce(Training training, int step, Function<Trainer, TrainingResult> start) {
    Backend dying = HookedBackend.dyingBefore(step + 1, backend);
    try {
      start.apply(training.on(dying)).close();
    } catch (HookedBackend.Died e) {
      assertThat(e).hasNoCause();
    }
  }

  @ParameterizedTest
  @MethodSource("trainings")
  void endsWithTheBitsOfAnUninterruptedRunWhereverItWasStopped(Training training) {
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("run");
    try (Dataset data = data()) {
      training.on(backend).train(data, whole).close();
      boolean stopped = stopAfter(training, 17, t -> t.train(data, run));
      int lives = 1;
      while (stopped) {
        stopped = stopAfter(training, 1 + 7 * lives, t -> t.resume(data, run));
        lives++;
      }
      assertThat(lives).isGreaterThan(2);
      assertThat(Bytes.ofRun(run)).isEqualTo(Bytes.ofRun(whole));
      assertThat(epochs(run)).isEqualTo(epochs(whole));
    }
  }

  private boolean stopAfter(Training training, int steps, Function<Trainer, TrainingResult> start) {
    AtomicReference<Trainer> trainer = new AtomicReference<>();
    Backend stopping =
        new HookedBackend(
            backend,
            now -> {
              if (now == steps) {
                trainer.get().stop();
              }
            });
    trainer.set(training.on(stopping));
    try (TrainingResult result = start.apply(trainer.get())) {
      return result.stopped();
    }
  }

  @Test
  void goesOnAfterAStopRequestFromAnotherThread() throws InterruptedException {
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("run");
    try (Dataset data = data()) {
      new Trainer(TrainerTest.SPEC, TrainerTest.CONFIG, backend).train(data, whole).close();
      Trainer trainer = new Trainer(TrainerTest.SPEC, TrainerTest.CONFIG, backend);
      Thread stopper = new Thread(trainer::stop);
      stopper.start();
      stopper.join();
      try (TrainingResult result = trainer.train(data, run)) {
        assertThat(result.stopped()).isTrue();
      }
      try (TrainingResult result =
          new Trainer(TrainerTest.SPEC, TrainerTest.CONFIG, backend).resume(data, run)) {
        assertThat(result.stopped()).isFalse();
      }
      assertThat(Bytes.ofRun(run)).isEqualTo(Bytes.ofRun(whole));
    }
  }

  @Test
  void opensAFinishedRunWithoutTrainingOn() {
    Path run = folder.resolve("run");
    try (Dataset data = data();
        TrainingResult first =
            new Trainer(TrainerTest.SPEC, TrainerTest.CONFIG, backend).train(data, run)) {
      Map<String, String> before = Bytes.ofRun(run);
      try (TrainingResult again =
          new Trainer(TrainerTest.SPEC, TrainerTest.CONFIG, backend).resume(data, run)) {
        assertThat(again.history()).isEqualTo(first.history());
        assertThat(Bytes.ofEngine(again.model().engine()))
            .usingRecursiveComparison()
            .isEqualTo(Bytes.ofEngine(first.model().engine()));
      }
      assertThat(Bytes.ofRun(run)).isEqualTo(before);
    }
  }

  @Test
  void refusesToGoOnOtherwiseThanItWasStarted() throws IOException {
    Path run = folder.resolve("run");
    TrainingConfig config = TrainerTest.CONFIG.withMaxEpochs(1);
    try (Dataset data = data();
        Dataset other = Clicks.dataset(folder.resolve("other"), List.of("toys", "books"), 100)) {
      new Trainer(TrainerTest.SPEC, config, backend).train(data, run).close();
      assertThatThrownBy(
              () -> new Trainer(TrainerTest.SPEC, config.withBatch(32), backend).resume(data, run))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("batch 64, not 32");
      assertThatThrownBy(() -> new Trainer(TrainerTest.SPEC, config, backend).resume(other, run))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("another data set");
      assertThatThrownBy(
              () ->
                  new Trainer(TrainerTest.SPEC, config, backend)
                      .resume(data, folder.resolve("none")))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("holds no run");
      Path weights = run.resolve("last/weights.safetensors");
      byte[] bytes = Files.readAllBytes(weights);
      bytes[bytes.length - 1] ^= 1;
      Files.write(weights, bytes);
      assertThatThrownBy(() -> new Trainer(TrainerTest.SPEC, config, backend).resume(data, run))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("differs from its checksum");
    }
  }

  private static List<Integer> epochs(Path run) {
    return Bytes.text(run.resolve("metrics.jsonl"))
        .lines()
        .map(line -> Integer.parseInt(line.replaceAll(".*\"epoch\":(\\d+),.*", "$1")))
        .toList();
  }

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 400);
  }
}
