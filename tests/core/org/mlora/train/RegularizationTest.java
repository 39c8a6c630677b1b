package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;
import org.mlora.model.AdapterSpec;
import org.mlora.model.Initialization;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Parameter;
import org.mlora.network.RowKind;
import org.mlora.random.RowOrder;
import org.mlora.testing.Buffers;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;

/** Domain regularization: what a domain has of its own learns on helpers, then on its own rows. */
@ExtendWith(NoNativeLeaks.class)
class RegularizationTest {
  private static final ModelSpec SPEC = TrainerTest.SPEC.withAlpha(2).withDropout(0);
  private static final Optimizer SGD = new Optimizer.Sgd(0.1);
  private static final TrainingConfig ONE_EPOCH =
      TrainerTest.CONFIG
          .withMaxEpochs(1)
          .withOptimizer(SGD)
          .withBatch(100_000)
          .withRegularization(new Regularization(5, 0.25));

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  private Dataset data(Integer... rows) {
    List<String> names = List.of("toys", "books", "games").subList(0, rows.length);
    return Clicks.dataset(folder.resolve("data"), names, List.of(rows));
  }

  private static boolean own(Parameter p) {
    return p.rowKind() == RowKind.BY_DOMAIN;
  }

  /**
   * With plain gradient descent and batches of all rows, a training is a few steps that can be
   * computed here: one of the shared parameters, then for each domain two for each helper.
   */
  @Test
  void isAlgorithm2OfItsPaper() {
    try (Dataset data = data(300, 60);
        TrainingResult result = new Trainer(SPEC, ONE_EPOCH, backend).train(data);
        Engine engine = backend.compile(Models.build(SPEC, data.schema()))) {
      Initialization.fill(engine, ONE_EPOCH.seed(), data::pretrained);
      Material material = Material.of(data);
      step(engine, material, p -> !own(p), -1, -1);
      for (int domain = 0; domain < 2; domain++) {
        for (int helper : new int[] {1 - domain, domain}) {
          int itself = domain;
          double[][] start = rows(engine, domain);
          step(engine, material, RegularizationTest::own, helper, itself);
          step(engine, material, RegularizationTest::own, itself, itself);
          double[][] end = rows(engine, domain);
          for (int i = 0; i < start.length; i++) {
            for (int j = 0; j < start[i].length; j++) {
              end[i][j] = (float) (start[i][j] + 0.25f * ((float) end[i][j] - start[i][j]));
            }
          }
          write(engine, domain, end);
        }
      }
      for (Parameter p : engine.network().parameters()) {
        assertThat(Numbers.read(result.model().engine(), p, Engine.Slot.VALUE))
            .as(p.name())
            .containsExactly(Numbers.read(engine, p, Engine.Slot.VALUE), Offset.offset(2e-6));
      }
    }
  }

  /** One step of gradient descent on the rows of a domain as rows of another; -1: on all rows. */
  private static void step(
      Engine engine, Material material, Predicate<Parameter> chosen, int of, int as) {
    Columns all = material.train();
    Columns columns = of < 0 ? all : DomainRows.of(all, of);
    if (as >= 0) {
      for (int i = 0; i < columns.rows(); i++) {
        columns.domains().put(i, as);
      }
    }
    engine.optimize(
        new Optimization(
            SGD,
            1,
            engine.network().parameters().stream()
                .map(p -> new Optimization.Rule(0, chosen.test(p) ? p.rows() : 0, 1, 0))
                .toList()));
    try (Session.Resident rows = engine.load(columns)) {
      engine.order(rows, RowOrder.of(IntStream.range(0, columns.rows()).toArray()));
      engine.train(0, columns.rows());
    }
  }

  private static double[][] rows(Engine engine, int domain) {
    return engine.network().parameters().stream()
        .filter(RegularizationTest::own)
        .map(
            p -> {
              double[] values = Numbers.read(engine, p, Engine.Slot.VALUE);
              int size = p.rowSize();
              return Arrays.copyOfRange(values, domain * size, (domain + 1) * size);
            })
        .toArray(double[][]::new);
  }

  private static void write(Engine engine, int domain, double[][] rows) {
    int i = 0;
    for (Parameter p : engine.network().parameters()) {
      if (own(p)) {
        float[] row = new float[p.rowSize()];
        for (int j = 0; j < row.length; j++) {
          row[j] = (float) rows[i][j];
        }
        engine.write(p, Engine.Slot.VALUE, (long) domain * row.length, Buffers.floats(row));
        i++;
      }
    }
  }

  @Test
  void aDomainWithoutRowsLearnsNothing() {
    try (Dataset data = data(400, 0, 400);
        TrainingResult result = new Trainer(SPEC, ONE_EPOCH.withBatch(64), backend).train(data)) {
      Map<String, float[]> values = Bytes.ofEngine(result.model().engine());
      float[] c = values.get("bd0");
      int width = c.length / 3;
      assertThat(Arrays.copyOfRange(c, width, 2 * width)).containsOnly(0f);
      assertThat(Arrays.copyOfRange(c, 2 * width, 3 * width)).isNotEqualTo(new float[width]);
    }
  }

  @Test
  void learnsBesideDomainNegotiation() {
    TrainingConfig mamdr =
        TrainerTest.CONFIG
            .withBatching(Batching.SINGLE_DOMAIN)
            .withOuterRate(0.5)
            .withRegularization(new Regularization(1, 0.5));
    try (Dataset data = data(400, 400, 400);
        TrainingResult result = new Trainer(SPEC, mamdr, backend).train(data)) {
      assertThat(result.model().evaluate(data, Split.TEST).meanAuc()).isGreaterThan(0.7);
      assertThat(new TreeSet<>(result.history().stream().map(EpochRecord::steps).toList()))
          .hasSameSizeAs(result.history());
    }
  }

  @Test
  void aChoiceIsBetweenTheSameTrainingsAsEitherSideAlone() {
    TrainingConfig joint =
        TrainerTest.CONFIG.withMaxEpochs(2).withRegularization(new Regularization(1, 0.3));
    ModelSpec none = SPEC.withAdapter(new AdapterSpec.None());
    try (Dataset data = data(300, 60, 100);
        TrainingResult without = new Trainer(none, joint, backend).train(data);
        TrainingResult with = new Trainer(SPEC, joint, backend).train(data);
        TrainingResult choice =
            new Trainer(SPEC, joint.withPhases(Phases.CONTROL_JOINT), backend).train(data)) {
      assertThat(validations(choice))
          .isEqualTo(
              Stream.concat(validations(without).stream(), validations(with).stream()).toList());
    }
  }

  private static List<Evaluation> validations(TrainingResult result) {
    return result.history().stream().map(EpochRecord::validation).toList();
  }

  @Test
  void numbersOutOfTheirRangeAreNamed() {
    assertThatThrownBy(() -> new Regularization(-1, 0.1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("helping domains is -1");
    for (double rate : new double[] {0, -1, 1.5, Double.NaN}) {
      assertThatThrownBy(() -> new Regularization(2, rate))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("rate of domain regularization");
    }
    assertThatThrownBy(() -> ONE_EPOCH.withPhases(Phases.PRETRAIN_FINETUNE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("goes with phases joint or control-joint");
  }
}
