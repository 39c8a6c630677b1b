package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.calibration.CalibrationScope;
import org.mlora.calibration.PlattScaling;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Metric;
import org.mlora.model.AdapterSpec;
import org.mlora.model.DomainRanks;
import org.mlora.model.ModelSpec;
import org.mlora.serve.MloraModel;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class ModelUpdateTest {
  private static final int ROWS = 4000;
  private static final int KNOWN_USERS = 25;
  private static final ModelSpec SPEC = TrainerTest.SPEC.withAlpha(4).withEmbeddingL2(1e-4);
  private static final TrainingConfig CONFIG =
      TrainerTest.CONFIG.withMaxEpochs(4).withEarlyStop(Metric.LOG_LOSS);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  /** Two domains, users 1 to 25. */
  private Dataset monday() {
    List<String> domains = List.of("toys", "books");
    return Clicks.dataset(folder.resolve("monday"), domains, List.of(ROWS, ROWS), 1, KNOWN_USERS);
  }

  /** One of them and a new one, users 21 to 40. */
  private Dataset tuesday() {
    List<String> domains = List.of("music", "books");
    return Clicks.dataset(folder.resolve("tuesday"), domains, List.of(ROWS, ROWS), 21, 40);
  }

  private Path path(String name) {
    return folder.resolve(name);
  }

  private ModelUpdate update(TrainingConfig config) {
    return new ModelUpdate(config, backend, new TrainingListener() {});
  }

  private void train(ModelSpec spec, TrainingConfig config, Dataset data) {
    new Trainer(spec, config, backend).train(data, path("run")).close();
  }

  @Test
  void learnsNewDomainsAndIdsFromTheNewRows() {
    try (Dataset monday = monday();
        Dataset tuesday = tuesday()) {
      train(SPEC, CONFIG, monday);
      TrainingConfig config = ModelUpdate.defaults(path("run"));
      update(config).run(path("run"), tuesday, path("updated")).close();
      try (MloraModel before = MloraModel.open(path("run"), backend);
          MloraModel after = MloraModel.open(path("updated"), backend)) {
        assertThat(after.schema().domains()).containsExactly("toys", "books", "music");
        assertThat(after.vocabularies().of("uid").size()).isEqualTo(Clicks.USERS);
        assertThat(after.vocabularies().of("uid").text(1)).isEqualTo("u1");
        assertThat(after.vocabularies().of("uid").text(KNOWN_USERS + 1)).isEqualTo("u26");
        UpdateReport report = UpdateReport.of(before, after, tuesday);
        assertThat(report.domains()).containsExactly("music");
        assertThat(report.ids()).isEqualTo(Map.of("uid", 15));
        assertThat(report.parts()).hasSize(2);
        for (UpdateReport.Part part : report.parts()) {
          assertThat(part.after().rows()).isEqualTo(part.before().rows());
          assertThat(auc(part.after(), "music")).isGreaterThan(auc(part.before(), "music") + 0.1);
          assertThat(auc(part.after(), "books")).isGreaterThan(auc(part.before(), "books") + 0.01);
        }
        assertThat(after.evaluate(monday, Split.TEST).rows())
            .isEqualTo(before.evaluate(monday, Split.TEST).rows());
      }
    }
  }

  private static double auc(Evaluation evaluation, String domain) {
    return evaluation.domains().stream()
        .filter(d -> d.domain().equals(domain))
        .findFirst()
        .orElseThrow()
        .auc();
  }

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        CONFIG.optimizer(),
        new Optimizer.Adagrad(0.1, 1e-10, 0),
        new Optimizer.RowWiseAdagrad(0.1, 1e-10, 0),
        new Optimizer.Sgd(0.5));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void leavesIdsAndDomainsThatAreNotAmongTheNewRowsAsTheyAre(Optimizer optimizer) {
    try (Dataset monday = monday();
        Dataset tuesday = tuesday()) {
      train(SPEC, CONFIG.withOptimizer(optimizer), monday);
      TrainingConfig config = ModelUpdate.defaults(path("run"));
      try (TrainingResult result = update(config).run(path("run"), tuesday, path("updated"));
          MloraModel before = MloraModel.open(path("run"), backend)) {
        assertThat(result.bestEpoch()).isPositive();
        Map<String, float[]> old = Bytes.ofEngine(before.engine());
        Map<String, float[]> now = Bytes.ofEngine(result.model().engine());
        // Users 1 to 20 are not among the new rows, users 21 to 25 are.
        int width = SPEC.embeddingDim();
        int old20 = 21 * width;
        int old25 = (KNOWN_USERS + 1) * width;
        assertThat(Arrays.copyOf(now.get("emb_uid"), old20))
            .isEqualTo(Arrays.copyOf(old.get("emb_uid"), old20));
        assertThat(Arrays.copyOfRange(now.get("emb_uid"), old20, old25))
            .isNotEqualTo(Arrays.copyOfRange(old.get("emb_uid"), old20, old25));
        int toys = old.get("A0").length / 2;
        assertThat(Arrays.copyOf(now.get("A0"), toys))
            .isEqualTo(Arrays.copyOf(old.get("A0"), toys));
        assertThat(Arrays.copyOfRange(now.get("A0"), toys, 2 * toys))
            .isNotEqualTo(Arrays.copyOfRange(old.get("A0"), toys, 2 * toys));
        assertThat(now.get("W0")).isNotEqualTo(old.get("W0"));
      }
    }
  }

  @Test
  void keepsTheWeightsWhereNoEpochBeatsThem() {
    try (Dataset monday = monday();
        Dataset tuesday = tuesday()) {
      train(SPEC, CONFIG.withCalibration(CalibrationScope.NONE), monday);
      TrainingConfig wild =
          ModelUpdate.defaults(path("run")).withOptimizer(TrainingConfig.adam(1)).withMaxEpochs(1);
      try (TrainingResult result = update(wild).run(path("run"), tuesday, path("updated"));
          MloraModel before = MloraModel.open(path("run"), backend);
          MloraModel after = MloraModel.open(path("updated"), backend)) {
        assertThat(result.bestEpoch()).isZero();
        Map<String, float[]> now = Bytes.ofEngine(after.engine());
        Bytes.ofEngine(before.engine())
            .forEach(
                (name, old) ->
                    assertThat(Arrays.copyOf(now.get(name), old.length)).as(name).isEqualTo(old));
        assertThat(after.predict(after.columns(monday, Split.TEST)))
            .isEqualTo(before.predict(before.columns(monday, Split.TEST)));
        // New users start as they would have in a training on all rows: none of them at zero.
        float[] users = now.get("emb_uid");
        for (int i = (KNOWN_USERS + 1) * SPEC.embeddingDim(); i < users.length; i++) {
          assertThat(users[i]).isNotZero();
        }
      }
    }
  }

  @Test
  void calibratesByTheNewRowsAsFarAsThereAreSome() {
    try (Dataset monday = monday();
        Dataset tuesday = tuesday()) {
      train(SPEC, CONFIG, monday);
      update(ModelUpdate.defaults(path("run"))).run(path("run"), tuesday, path("updated")).close();
      try (MloraModel before = MloraModel.open(path("run"), backend);
          MloraModel after = MloraModel.open(path("updated"), backend)) {
        PlattScaling old = before.calibration().orElseThrow();
        PlattScaling now = after.calibration().orElseThrow();
        assertThat(now.domains().get(0)).isEqualTo(old.domains().get(0)); // toys are not among them
        assertThat(now.domains().get(1)).isNotEqualTo(old.domains().get(1));
        Evaluation fitted = after.evaluate(tuesday, Split.VALIDATION);
        for (Evaluation.Domain domain : fitted.domains()) {
          assertThat(domain.rows() == 0 || Math.abs(domain.pcoc() - 1) < 0.01)
              .as(domain.toString())
              .isTrue();
        }
      }
    }
  }

  @Test
  void doesNotTrainAdaptersThatValidationLeftOut() {
    try (Dataset monday = monday();
        Dataset tuesday = tuesday()) {
      train(SPEC, CONFIG.withMaxEpochs(1).withAdapterRateScale(0), monday);
      TrainingConfig config = ModelUpdate.defaults(path("run")).withAdapterRateScale(1);
      try (TrainingResult result = update(config).run(path("run"), tuesday, path("updated"))) {
        assertThat(result.bestEpoch()).isPositive();
        assertThat(result.history().get(0).phase()).isEqualTo(Phase.CONTROL);
        Map<String, float[]> now = Bytes.ofEngine(result.model().engine());
        assertThat(now.get("B0")).containsOnly(0);
        assertThat(now.get("bd0")).containsOnly(0);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 70, 160})
  void endsWithTheBitsOfAnUninterruptedUpdateWhereverItDied(int step) {
    try (Dataset monday = monday();
        Dataset tuesday = tuesday()) {
      train(SPEC, CONFIG.withMaxEpochs(1), monday);
      TrainingConfig config =
          ModelUpdate.defaults(path("run")).withMaxEpochs(3).withCheckpointSteps(5);
      update(config).run(path("run"), tuesday, path("whole")).close();
      ModelUpdate dying =
          new ModelUpdate(
              config, HookedBackend.dyingBefore(step, backend), new TrainingListener() {});
      assertThatThrownBy(() -> dying.run(path("run"), tuesday, path("died")))
          .isInstanceOf(HookedBackend.Died.class);
      update(config).resume(path("run"), tuesday, path("died")).close();
      assertThat(Bytes.ofRun(path("died"))).isEqualTo(Bytes.ofRun(path("whole")));
    }
  }

  @Test
  void goesOnOnlyFromTheModelAndTheDataThatItWasStartedWith() {
    try (Dataset monday = monday();
        Dataset tuesday = tuesday()) {
      TrainingConfig one = CONFIG.withMaxEpochs(1);
      train(SPEC, one, monday);
      update(one).run(path("run"), tuesday, path("updated")).close();
      assertThatThrownBy(() -> update(one).resume(path("run"), monday, path("updated")))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("another data set");
      assertThatThrownBy(() -> update(one).resume(path("updated"), tuesday, path("updated")))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("another model");
      assertThatThrownBy(() -> new Trainer(SPEC, one, backend).resume(tuesday, path("updated")))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("mlora update");
      assertThatThrownBy(() -> update(one).resume(path("run"), monday, path("run")))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("mlora train");
    }
  }

  static Stream<ModelSpec> specs() {
    AdapterSpec.Mlora factors = new AdapterSpec.Mlora(4);
    return Stream.of(
        SPEC.withAdapter(new AdapterSpec.None()),
        SPEC.withAdapter(factors.withSharedA(true)),
        SPEC.withAdapter(factors.withDomainRanks(new DomainRanks(1000, Map.of("toys", 1)))),
        SPEC.withAdapter(new AdapterSpec.MoeMlora(factors, 0, AdapterSpec.MoeMlora.Gate.DOMAIN)),
        SPEC.withModel("deepfm"),
        SPEC.withModel("star").withAdapter(new AdapterSpec.None()),
        SPEC.withModel("ple").withAdapter(new AdapterSpec.None()));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void everyKindOfModelCanBeUpdatedAndUpdatedAgain(ModelSpec spec) {
    TrainingConfig one = CONFIG.withMaxEpochs(1);
    try (Dataset monday = monday();
        Dataset tuesday = tuesday()) {
      train(spec, one, monday);
      update(one).run(path("run"), tuesday, path("second")).close();
      update(one).run(path("second"), monday, path("third")).close();
      try (MloraModel third = MloraModel.open(path("third"), backend)) {
        assertThat(third.schema().domains()).containsExactly("toys", "books", "music");
        assertThat(third.evaluate(tuesday, Split.TEST).meanAuc()).isGreaterThan(0.5);
      }
    }
  }
}
