package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.store.FolderTree;
import org.mlora.error.InterruptedOperationException;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Metric;
import org.mlora.model.AdapterSpec;
import org.mlora.model.Initializers;
import org.mlora.model.ModelSpec;
import org.mlora.network.Initializer;
import org.mlora.network.Role;
import org.mlora.serve.MloraModel;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class TrainerTest {
  static final ModelSpec SPEC =
      ModelSpec.defaults()
          .withAdapter(new AdapterSpec.Mlora(16).withL2(0))
          .withHidden(List.of(16, 8))
          .withEmbeddingDim(4)
          .withDropout(0.1)
          .withEmbeddingL2(0);
  static final TrainingConfig CONFIG =
      TrainingConfig.defaults()
          .withPhases(Phases.JOINT)
          .withBatch(64)
          .withOptimizer(TrainingConfig.adam(0.01))
          .withEarlyStop(Metric.MEAN_AUC);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  @Test
  void learnsWhatTheDomainsDisagreeAboutAndKeepsTheBestModel() throws IOException {
    Path run = folder.resolve("run");
    try (Dataset data = data();
        TrainingResult result = trainer(SPEC, CONFIG).train(data, run)) {
      assertThat(result.stopped()).isFalse();
      Evaluation test = result.model().evaluate(data, Split.TEST);
      assertThat(test.meanAuc()).isGreaterThan(0.75);

      double best =
          result.history().stream().mapToDouble(e -> e.validation().meanAuc()).max().orElseThrow();
      assertThat(result.history().get(result.bestEpoch() - 1).validation().meanAuc())
          .isEqualTo(best);
      assertThat(result.history()).hasSize(result.bestEpoch() + CONFIG.patience());
      assertThat(result.model().evaluate(data, Split.VALIDATION).meanAuc()).isEqualTo(best);

      try (MloraModel reopened = MloraModel.open(run, backend)) {
        assertThat(reopened.evaluate(data, Split.TEST)).isEqualTo(test);
      }
      assertThat(Files.readAllLines(run.resolve("metrics.jsonl"))).hasSameSizeAs(result.history());
    }
  }

  @Test
  void closesItsEngineAndFolderWhereAListenerFails() {
    var failing =
        new TrainingListener() {
          @Override
          public void epochEnded(EpochRecord epoch) {
            throw new AssertionError("of the listener");
          }
        };
    TrainingConfig once = CONFIG.withMaxEpochs(1);
    Path run = folder.resolve("run");
    try (Dataset data = data(500)) {
      assertThatThrownBy(() -> new Trainer(SPEC, once, backend, failing).train(data, run))
          .isInstanceOf(AssertionError.class)
          .hasMessage("of the listener");
      trainer(SPEC, once).resume(data, run).close();
    }
  }

  @Test
  void anInterruptedThreadIsToldSoAndCanTrainLater() {
    Path run = folder.resolve("run");
    TrainingConfig once = CONFIG.withMaxEpochs(1);
    try (Dataset data = data(500)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> trainer(SPEC, once).train(data, run))
          .isInstanceOf(InterruptedOperationException.class)
          .hasMessageContaining("the thread was interrupted while writing " + run);
      assertThat(Thread.interrupted()).isTrue();
      trainer(SPEC, once).train(data, run).close();
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> MloraModel.open(run, backend))
          .isInstanceOf(InterruptedOperationException.class)
          .hasMessageContaining("the thread was interrupted while reading " + run);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void trainsToTheSameBitsInMemoryInAFolderAndAgain() {
    try (Dataset data = data();
        TrainingResult inMemory = trainer(SPEC, CONFIG).train(data);
        TrainingResult inFolder = trainer(SPEC, CONFIG).train(data, folder.resolve("run"));
        TrainingResult other = trainer(SPEC, CONFIG.withSeed(2)).train(data)) {
      assertThat(Bytes.ofEngine(inMemory.model().engine()))
          .usingRecursiveComparison()
          .isEqualTo(Bytes.ofEngine(inFolder.model().engine()));
      assertThat(Bytes.ofEngine(other.model().engine()).get("W0"))
          .isNotEqualTo(Bytes.ofEngine(inMemory.model().engine()).get("W0"));
    }
  }

  @Test
  void fineTunesOnlyAdaptersOnTopOfTheBestBackbone() {
    TrainingConfig twoPhases = CONFIG.withPhases(Phases.PRETRAIN_FINETUNE);
    ModelSpec wide = SPEC.withAlpha(2);
    try (Dataset data = data(8000);
        TrainingResult result = trainer(wide, twoPhases).train(data);
        TrainingResult backbone =
            trainer(SPEC.withAdapter(new AdapterSpec.None()), CONFIG).train(data)) {
      List<Phase> phases = result.history().stream().map(EpochRecord::phase).distinct().toList();
      assertThat(phases).containsExactly(Phase.PRETRAIN, Phase.FINETUNE);
      assertThat(result.history().get(result.bestEpoch() - 1).phase()).isEqualTo(Phase.FINETUNE);
      Map<String, float[]> tuned = Bytes.ofEngine(result.model().engine());
      assertThat(tuned.get("A0")).isNotEqualTo(initialA0(wide, data));
      assertThat(tuned.get("B0")).isNotEqualTo(new float[tuned.get("B0").length]);
      assertThat(result.model().evaluate(data, Split.TEST).meanAuc())
          .isGreaterThan(backbone.model().evaluate(data, Split.TEST).meanAuc());
    }
  }

  @Test
  void leavesTheBackboneBitIdenticalWhileFineTuning() {
    TrainingConfig twoPhases = CONFIG.withPhases(Phases.PRETRAIN_FINETUNE);
    Path run = folder.resolve("run");
    Path backbone = folder.resolve("backbone");
    var seen =
        new TrainingListener() {
          @Override
          public void epochEnded(EpochRecord epoch) {
            if (epoch.phase() == Phase.PRETRAIN && epoch.best()) {
              copy(run.resolve("best"), backbone);
            }
          }
        };
    ModelSpec wide = SPEC.withAlpha(2);
    try (Dataset data = data(2500);
        TrainingResult result = new Trainer(wide, twoPhases, backend, seen).train(data, run);
        MloraModel pretrained = MloraModel.open(backbone, backend)) {
      Map<String, float[]> before = Bytes.ofEngine(pretrained.engine());
      Map<String, float[]> after = Bytes.ofEngine(result.model().engine());
      for (var parameter : result.model().network().parameters()) {
        boolean same =
            java.util.Arrays.equals(before.get(parameter.name()), after.get(parameter.name()));
        assertThat(same).as(parameter.name()).isEqualTo(parameter.role() != Role.ADAPTER);
      }
    }
  }

  @Test
  void learnsOnlyTheBiasWhenFactorsStartAtZeroAsPublished() {
    TrainingConfig published =
        CONFIG
            .withPhases(Phases.PRETRAIN_FINETUNE)
            .withCompatibility(new TrainingConfig.Compatibility(false, true));
    try (Dataset data = data();
        TrainingResult result = trainer(SPEC, published).train(data)) {
      Map<String, float[]> values = Bytes.ofEngine(result.model().engine());
      assertThat(values.get("B0")).containsOnly(0f);
    }
  }

  @Test
  void rollsBackAfterAWorseEpochWhenAsked() {
    TrainingConfig rollback =
        CONFIG.withCompatibility(new TrainingConfig.Compatibility(true, false));
    try (Dataset data = data();
        TrainingResult plain = trainer(SPEC, CONFIG).train(data);
        TrainingResult rolled = trainer(SPEC, rollback).train(data)) {
      int worse = plain.history().stream().map(EpochRecord::best).toList().indexOf(false);
      assertThat(rolled.history().get(worse).validation())
          .isEqualTo(plain.history().get(worse).validation());
      assertThat(rolled.history().get(worse + 1).validation())
          .isNotEqualTo(plain.history().get(worse + 1).validation());
    }
  }

  @Test
  void stopsEachPhaseByItselfAndEndsWithItsBestWeights() {
    TrainingConfig twoPhases = CONFIG.withPhases(Phases.PRETRAIN_FINETUNE).withPatience(2);
    try (Dataset data = data(2500);
        TrainingResult result = trainer(SPEC, twoPhases).train(data)) {
      for (Phase phase : Phases.PRETRAIN_FINETUNE.phases()) {
        List<Boolean> better =
            result.history().stream()
                .filter(e -> e.phase() == phase)
                .map(EpochRecord::best)
                .toList();
        assertThat(better).as(phase.label()).endsWith(false, false);
        assertThat(better.subList(0, better.size() - 1))
            .as("two worse epochs in a row end %s", phase.label())
            .isNotEqualTo(List.of(false, false))
            .doesNotContainSequence(false, false);
      }
      double best =
          result.history().stream().mapToDouble(e -> e.validation().meanAuc()).max().orElseThrow();
      assertThat(result.model().evaluate(data, Split.VALIDATION).meanAuc()).isEqualTo(best);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {4, 100})
  void choosesBetweenNoAdaptersAndJointOnesToTheBitsOfEither(double rate) {
    TrainingConfig joint = CONFIG.withAdapterRateScale(rate).withPatience(2);
    try (Dataset data = data(1500);
        TrainingResult chosen = trainer(SPEC, joint.withPhases(Phases.CONTROL_JOINT)).train(data);
        TrainingResult with = trainer(SPEC, joint).train(data);
        TrainingResult without =
            trainer(SPEC.withAdapter(new AdapterSpec.None()), joint).train(data)) {
      boolean kept = best(with) > best(without);
      assertThat(kept)
          .as("adapters that learn far too fast are worse than none")
          .isEqualTo(rate == 4);
      Map<String, float[]> values = Bytes.ofEngine(chosen.model().engine());
      Bytes.ofEngine((kept ? with : without).model().engine())
          .forEach((name, expected) -> assertThat(values.get(name)).as(name).isEqualTo(expected));
      if (!kept) {
        assertThat(values.get("B0")).containsOnly(0f);
      }
      assertThat(validations(chosen))
          .containsExactlyElementsOf(
              Stream.concat(validations(without), validations(with)).toList());
    }
  }

  @Test
  void hasNothingToChooseWithoutAdapters() {
    ModelSpec none = SPEC.withAdapter(new AdapterSpec.None());
    try (Dataset data = data();
        TrainingResult result =
            trainer(none, CONFIG.withPhases(Phases.CONTROL_JOINT)).train(data)) {
      assertThat(result.history()).extracting(EpochRecord::phase).containsOnly(Phase.JOINT);
    }
  }

  @Test
  void refusesToRollBackToWeightsOfAnotherPhase() {
    TrainingConfig.Compatibility rollback = new TrainingConfig.Compatibility(true, false);
    assertThatThrownBy(() -> CONFIG.withPhases(Phases.CONTROL_JOINT).withCompatibility(rollback))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("use phases joint");
  }

  @ParameterizedTest
  @EnumSource(
      value = Phases.class,
      names = {"CONTROL_JOINT", "PRETRAIN_FINETUNE"})
  void refusesToBeginWithoutAdaptersThatAddSomethingFromTheStart(Phases phases) {
    Initializers zeros = SPEC.initializers();
    Initializers drawn =
        new Initializers(
            zeros.embedding(),
            zeros.weight(),
            zeros.adapterA(),
            new Initializer.Normal(0.3),
            zeros.adapterC(),
            zeros.head());
    ModelSpec spec = SPEC.withInitializers(drawn);
    try (Dataset data = data(100)) {
      assertThatThrownBy(() -> trainer(spec, CONFIG.withPhases(phases)).check(data))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("phases " + phases.label() + " begin without adapters")
          .hasMessageContaining("the initializer of adapter_b is not zeros")
          .hasMessageContaining("take phases joint");
      trainer(spec, CONFIG.withPhases(Phases.JOINT)).check(data);
      Path run = folder.resolve("run");
      assertThatThrownBy(() -> trainer(spec, CONFIG.withPhases(phases)).train(data, run))
          .isInstanceOf(InvalidInputException.class);
      assertThat(run).doesNotExist();
    }
  }

  private static double best(TrainingResult result) {
    return result.history().get(result.bestEpoch() - 1).validation().meanAuc();
  }

  private static Stream<Evaluation> validations(TrainingResult result) {
    return result.history().stream().map(EpochRecord::validation);
  }

  @Test
  void refusesAFolderThatHoldsARunOrSomethingElse() throws IOException {
    Path run = folder.resolve("run");
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.writeString(other.resolve("thesis.txt"), "years of work");
    try (Dataset data = data()) {
      trainer(SPEC, CONFIG.withMaxEpochs(1)).train(data, run).close();
      assertThatThrownBy(() -> trainer(SPEC, CONFIG).train(data, run).close())
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("already holds a run");
      assertThatThrownBy(() -> trainer(SPEC, CONFIG).train(data, other).close())
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("thesis.txt");
    }
    assertThat(other).isDirectoryContaining("glob:**thesis.txt");
    try (var files = Files.list(other)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void evaluatesADataSetWithOtherIdsByTheirTexts() {
    try (Dataset data = data();
        Dataset reordered =
            Clicks.dataset(folder.resolve("other"), List.of("books", "toys", "games"), 400);
        TrainingResult result = trainer(SPEC, CONFIG.withMaxEpochs(2)).train(data)) {
      Evaluation own = result.model().evaluate(data, Split.TEST);
      Evaluation same = result.model().evaluate(reordered, Split.TEST);
      assertThat(same.rows()).isEqualTo(own.rows());
      assertThat(same.meanAuc()).isCloseTo(own.meanAuc(), within(1e-12));
      // Its texts are looked up once for all its splits.
      FolderTree.delete(reordered.folder().resolve("vocabulary"));
      assertThat(result.model().columns(reordered, Split.TRAIN).rows()).isPositive();
    }
  }

  private float[] initialA0(ModelSpec spec, Dataset data) {
    TrainingConfig stopped = CONFIG.withMaxEpochs(1);
    Trainer trainer = trainer(spec, stopped);
    trainer.stop();
    try (TrainingResult start = trainer.train(data)) {
      return Bytes.ofEngine(start.model().engine()).get("A0");
    }
  }

  private Dataset data() {
    return data(400);
  }

  private Dataset data(int rows) {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), rows);
  }

  private Trainer trainer(ModelSpec spec, TrainingConfig config) {
    return new Trainer(spec, config, backend);
  }

  private static void copy(Path from, Path to) {
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.write(target, Files.readAllBytes(file));
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
