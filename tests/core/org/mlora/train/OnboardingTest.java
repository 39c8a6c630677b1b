package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.synthetic.SyntheticClicks;
import org.mlora.data.synthetic.SyntheticParameters;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.network.Parameter;
import org.mlora.serve.MloraModel;
import org.mlora.testing.Buffers;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class OnboardingTest {
  private static final ModelSpec SPEC =
      TrainerTest.SPEC
          .withHidden(List.of(32, 16))
          .withEmbeddingDim(8)
          .withAdapter(new AdapterSpec.Mlora(2));

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  @Test
  void learnsTheNewDomainAndLeavesAllElseBitIdentical() {
    Path run = folder.resolve("run");
    Path grown = folder.resolve("grown");
    try (Dataset known = data("known", "toys", "books", "games");
        Dataset all = data("all", "music", "games", "books", "toys")) {
      new Trainer(SPEC, TrainerTest.CONFIG, backend).train(known, run).close();
      new Onboarding(FurtherTraining.configOf(run), backend, new TrainingListener() {})
          .run(run, all, "music", grown)
          .close();
      try (MloraModel before = MloraModel.open(run, backend);
          MloraModel after = MloraModel.open(grown, backend)) {
        assertThat(after.schema().domains()).containsExactly("toys", "books", "games", "music");
        assertKnownRowsAreSame(before, after);
        Columns rows = known.columns(Split.TEST);
        assertThat(after.predict(rows)).isEqualTo(before.predict(rows));
        Columns others = all.columns(Split.TEST);
        assertThat(before.evaluate(all, Split.TEST).rows()).isEqualTo(others.rows());

        double fallback = auc(before.evaluate(all, Split.TEST), Evaluation.UNKNOWN);
        double onboarded = auc(after.evaluate(all, Split.TEST), "music");
        assertThat(onboarded).isGreaterThan(fallback + 0.02);
        Evaluation.Domain music = after.evaluate(all, Split.VALIDATION).domains().get(3);
        assertThat(music.pcoc()).isCloseTo(1, within(0.01));
      }
    }
  }

  /** The largest domain of the generated click log, one of the middle, and the smallest. */
  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"d1", "d5", "d10"})
  void beatsTheFallbackInADomainOfTheGeneratedClickLog(String domain) {
    Path run = folder.resolve("run");
    Path grown = folder.resolve("grown");
    new SyntheticClicks(SyntheticParameters.demo().withRows(100_000))
        .write(folder.resolve("all"), false);
    TrainingConfig config =
        TrainerTest.CONFIG.withBatch(512).withOptimizer(TrainingConfig.adam(3e-3));
    try (Dataset all = Dataset.open(folder.resolve("all"));
        Dataset known = LeftOut.of(all, domain, folder.resolve("known"))) {
      new Trainer(SPEC, config, backend).train(known, run).close();
      new Onboarding(config, backend, new TrainingListener() {})
          .run(run, all, domain, grown)
          .close();
      try (MloraModel before = MloraModel.open(run, backend);
          MloraModel after = MloraModel.open(grown, backend)) {
        assertKnownRowsAreSame(before, after);
        Columns rows = known.columns(Split.TEST);
        assertThat(after.predict(rows)).isEqualTo(before.predict(rows));
        double fallback = auc(before.evaluate(all, Split.TEST), Evaluation.UNKNOWN);
        double onboarded = auc(after.evaluate(all, Split.TEST), domain);
        System.out.printf("%s: fallback AUC %.4f, onboarded %.4f%n", domain, fallback, onboarded);
        assertThat(onboarded).isGreaterThan(fallback + 0.02);
      }
    }
  }

  @Test
  void theCheckFindsOneBitInAParameter() {
    Path run = folder.resolve("run");
    Path grown = folder.resolve("grown");
    try (Dataset known = data("known", "toys", "books");
        Dataset all = data("all", "toys", "books", "music")) {
      TrainingConfig config = TrainerTest.CONFIG.withMaxEpochs(1);
      new Trainer(SPEC, config, backend).train(known, run).close();
      new Onboarding(config, backend, new TrainingListener() {})
          .run(run, all, "music", grown)
          .close();
      try (MloraModel before = MloraModel.open(run, backend);
          MloraModel after = MloraModel.open(grown, backend)) {
        Preservation same = Preservation.of(before, after, all);
        assertThat(same.difference()).isEmpty();
        assertThat(same.predictions()).isEqualTo(18_000);
        Parameter bias = after.network().parameter("b1").orElseThrow();
        FloatBuffer value = Buffers.floats(1L);
        after.engine().read(bias, Engine.Slot.VALUE, 3, value);
        value.put(0, Math.nextUp(value.get(0)));
        after.engine().write(bias, Engine.Slot.VALUE, 3, value.rewind());
        assertThat(Preservation.of(before, after, all).difference())
            .contains("value 3 of parameter 'b1'");
      }
    }
  }

  /** Told so before it begins, and inside its second epoch. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void endsWithTheBestSoFarWhereItIsToldToFinish(int epochs) {
    Path run = folder.resolve("run");
    Path out = folder.resolve("out");
    Path shorter = folder.resolve("shorter");
    TrainingConfig once = TrainerTest.CONFIG.withMaxEpochs(1);
    Onboarding[] told = new Onboarding[1];
    AtomicInteger steps = new AtomicInteger();
    Backend counting = new HookedBackend(backend, steps::set);
    try (Dataset known = data("known", "toys", "books");
        Dataset all = data("all", "toys", "books", "music")) {
      new Trainer(SPEC, once, backend).train(known, run).close();
      new Onboarding(once, counting).run(run, all, "music", shorter).close();
      int last = epochs * (steps.get() + 2);
      Backend hooked =
          new HookedBackend(
              backend,
              step -> {
                assertThat(step).isLessThanOrEqualTo(last);
                if (step == last) {
                  told[0].finish();
                }
              });
      told[0] = new Onboarding(once.withMaxEpochs(9), hooked);
      if (epochs == 0) {
        told[0].finish();
      }
      try (TrainingResult result = told[0].run(run, all, "music", out);
          MloraModel before = MloraModel.open(run, backend);
          MloraModel one = MloraModel.open(shorter, backend);
          MloraModel after = MloraModel.open(out, backend)) {
        assertThat(result.stopped()).isFalse();
        assertThat(result.history()).hasSize(epochs);
        assertThat(after.schema().domains()).containsExactly("toys", "books", "music");
        assertThat(after.calibration().orElseThrow().domains()).hasSize(3);
        assertThat(Preservation.of(before, after, all).difference()).isEmpty();
        if (epochs == 1) {
          assertThat(after.calibration()).isEqualTo(one.calibration());
          assertThat(after.predict(all.columns(Split.TEST)))
              .isEqualTo(one.predict(all.columns(Split.TEST)));
        }
      }
    }
  }

  @Test
  void refusesAKnownDomainAndOneWithoutRows() {
    Path run = folder.resolve("run");
    TrainingConfig config = TrainerTest.CONFIG.withMaxEpochs(1);
    try (Dataset known = data("known", "toys", "books")) {
      new Trainer(SPEC, config, backend).train(known, run).close();
      Onboarding onboarding = new Onboarding(config, backend, new TrainingListener() {});
      Path out = folder.resolve("out");
      assertThatThrownBy(() -> onboarding.run(run, known, "toys", out).close())
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("knows domain 'toys' already");
      assertThatThrownBy(() -> onboarding.run(run, known, "music", out).close())
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("has no domain 'music'");
      assertThat(out).doesNotExist();
    }
  }

  private static void assertKnownRowsAreSame(MloraModel before, MloraModel after) {
    Map<String, float[]> old = Bytes.ofEngine(before.engine());
    Map<String, float[]> grown = Bytes.ofEngine(after.engine());
    old.forEach(
        (name, values) ->
            assertThat(Arrays.copyOf(grown.get(name), values.length)).as(name).isEqualTo(values));
    float[] b0 = grown.get("B0");
    float[] learnt = Arrays.copyOfRange(b0, old.get("B0").length, b0.length);
    assertThat(learnt).isNotEqualTo(new float[learnt.length]);
  }

  private static double auc(Evaluation evaluation, String domain) {
    return evaluation.domains().stream()
        .filter(d -> d.domain().equals(domain))
        .mapToDouble(Evaluation.Domain::auc)
        .findFirst()
        .orElseThrow();
  }

  private Dataset data(String name, String... domains) {
    return Clicks.dataset(folder.resolve(name), List.of(domains), 6000);
  }
}
