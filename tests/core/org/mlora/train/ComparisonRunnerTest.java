package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Comparison;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Metric;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class ComparisonRunnerTest {
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(6);
  private static final List<ComparisonRunner.Setting> SETTINGS =
      List.of(
          new ComparisonRunner.Setting(
              "none", TrainerTest.SPEC.withAdapter(new AdapterSpec.None()), CONFIG),
          new ComparisonRunner.Setting("mlora", TrainerTest.SPEC.withAlpha(2), CONFIG));

  @TempDir Path folder;

  @Test
  void pairsSettingsBySeedAndFindsThatAdaptersGainWhereDomainsDisagree() {
    List<String> ended = new ArrayList<>();
    List<Double> validations = new ArrayList<>();
    var observer =
        new ComparisonRunner.Observer() {
          @Override
          public void ended(
              ComparisonRunner.Setting setting, TrainingResult result, Comparison.Run run) {
            ended.add(run.adapter() + run.seed());
            Evaluation best = result.history().get(result.bestEpoch() - 1).validation();
            validations.add(CONFIG.earlyStop().of(best));
          }
        };
    try (Dataset data = data()) {
      Comparison comparison =
          new ComparisonRunner(new CpuBackend(1), observer)
              .run(data, SETTINGS, List.of(1L, 2L, 3L));
      assertThat(ended).containsExactly("none1", "mlora1", "none2", "mlora2", "none3", "mlora3");
      assertThat(comparison.difference().get(Metric.WAUC).pairs()).isEqualTo(3);
      assertThat(comparison.difference().get(Metric.WAUC).mean()).isPositive();
      assertThat(comparison.runs()).allSatisfy(r -> assertThat(r.samplesPerSecond()).isPositive());
      assertThat(comparison.runs())
          .extracting(Comparison.Run::validation)
          .containsExactlyElementsOf(validations);
      assertThat(comparison.chosen(CONFIG.earlyStop())).containsOnly("mlora");
    }
  }

  @Test
  void showsWhatAdaptersDoAlsoWhereValidationWouldKeepTheControl() {
    // Adapters that run away, so that a training which may choose keeps the control.
    TrainingConfig config = TrainingConfig.defaults().withMaxEpochs(2).withAdapterRateScale(300);
    List<ComparisonRunner.Setting> choosing =
        List.of(
            new ComparisonRunner.Setting("none", TrainerTest.SPEC.withoutAdapters(), config),
            new ComparisonRunner.Setting("mlora", TrainerTest.SPEC, config));
    try (Dataset data = data()) {
      assertThat(difference(data, choosing)).isZero();
      assertThat(
              difference(
                  data, ComparisonRunner.Setting.withAndWithoutAdapters(TrainerTest.SPEC, config)))
          .isNegative();
    }
  }

  private static double difference(Dataset data, List<ComparisonRunner.Setting> settings) {
    return new ComparisonRunner(new CpuBackend(1))
        .run(data, settings, List.of(1L))
        .difference()
        .get(Metric.WAUC)
        .mean();
  }

  @Test
  void adaptersAreComparedInTheirOwnPhases() {
    ModelSpec experts = TrainerTest.SPEC.withAdapter(new AdapterSpec.MoeMlora());
    TrainingConfig config = TrainingConfig.defaults(experts.adapter());
    assertThat(ComparisonRunner.Setting.withAndWithoutAdapters(experts, config))
        .extracting(setting -> setting.name() + " " + setting.config().phases().label())
        .containsExactly("none joint", "moe-mlora pretrain-specialize-gate");
    assertThatThrownBy(
            () ->
                ComparisonRunner.Setting.withAndWithoutAdapters(experts.withoutAdapters(), config))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("no adapters");
  }

  @Test
  void settingsAndSeedsAreToldApart() {
    List<ComparisonRunner.Setting> twice = List.of(SETTINGS.get(0), SETTINGS.get(0));
    try (Dataset data = data()) {
      ComparisonRunner runner = new ComparisonRunner(new CpuBackend(1));
      assertThatThrownBy(() -> runner.run(data, twice, List.of(1L)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("setting 'none' is compared twice; give each of them once");
      assertThatThrownBy(() -> runner.run(data, SETTINGS, List.of(1L, 1L)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("seed '1' is compared twice");
    }
  }

  @Test
  void allSettingsAreCheckedBeforeTheFirstTraining() {
    TrainingConfig experts = CONFIG.withPhases(Phases.PRETRAIN_SPECIALIZE_GATE);
    List<ComparisonRunner.Setting> settings =
        List.of(
            SETTINGS.get(0), new ComparisonRunner.Setting("no experts", TrainerTest.SPEC, experts));
    var observer =
        new ComparisonRunner.Observer() {
          @Override
          public TrainingListener started(ComparisonRunner.Setting setting, long seed) {
            throw new AssertionError(setting.name() + " is trained");
          }
        };
    try (Dataset data = data()) {
      ComparisonRunner runner = new ComparisonRunner(new CpuBackend(1), observer);
      assertThatThrownBy(() -> runner.run(data, settings, List.of(1L)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("the model has none");
    }
  }

  @Test
  void givesTheTrainingsThatEndedAndBeginsNoOtherWhenStopped() {
    List<ComparisonRunner> runner = new ArrayList<>();
    var observer =
        new ComparisonRunner.Observer() {
          @Override
          public TrainingListener started(ComparisonRunner.Setting setting, long seed) {
            assertThat(setting).as("what is trained").isEqualTo(SETTINGS.get(0));
            return new TrainingListener() {};
          }

          @Override
          public void ended(
              ComparisonRunner.Setting setting, TrainingResult result, Comparison.Run run) {
            runner.get(0).stop();
          }
        };
    runner.add(new ComparisonRunner(new CpuBackend(1), observer));
    try (Dataset data = data()) {
      assertThat(runner.get(0).run(data, SETTINGS, List.of(1L, 2L)).runs()).hasSize(1);
    }
  }

  @Test
  void whoStopsAndWaitsFindsItEnded() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    ComparisonRunner runner =
        new ComparisonRunner(new HookedBackend(new CpuBackend(1), step -> begun.countDown()));
    TrainingConfig endless = CONFIG.withMaxEpochs(99_999).withPatience(99_999);
    var setting = new ComparisonRunner.Setting("endless", TrainerTest.SPEC, endless);
    try (Dataset data = data()) {
      CompletableFuture<Comparison> comparison =
          CompletableFuture.supplyAsync(() -> runner.run(data, List.of(setting), List.of(1L)));
      begun.await();
      assertThat(runner.stopAndWait(Duration.ofMinutes(5))).isTrue();
      assertThat(comparison.get().runs()).isEmpty();
    }
  }

  @Test
  void comparesValidationRowsWhereThereAreNoTestRows() {
    try (Dataset all = data();
        Dataset data = LeftOut.of(all, Split.TEST, folder.resolve("untested"))) {
      Comparison comparison =
          new ComparisonRunner(new CpuBackend(1)).run(data, SETTINGS.subList(0, 1), List.of(1L));
      assertThat(comparison.split()).isEqualTo("validation");
      assertThat(comparison.runs().get(0).test().rows()).isPositive();
    }
  }

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 2500);
  }
}
