package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.cuda.CudaBackend;
import org.mlora.cuda.emulated.EmulatedRuntime;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gpu.TestDevice;
import org.mlora.data.Column;
import org.mlora.network.Parameter;
import org.mlora.random.RowOrder;
import org.mlora.random.Shuffle;
import org.mlora.testing.Buffers;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.EpsilonRule;
import org.mlora.train.Optimizer.UntouchedRows;

/** Columns that stay on the host, beside the same ones on the device. */
@ExtendWith(NoNativeLeaks.class)
class StreamingTest {
  private static final Optimizer ADAM =
      new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, EpsilonRule.TENSORFLOW, UntouchedRows.MOVE);

  private final RandomProblem problem = new RandomProblem("mlp", 7, Trained.ROWS, 0.3);
  private CudaBackend backend;
  private long live;

  @BeforeEach
  void open() {
    backend = TestDevice.backend(Precision.FP32);
    live = live();
  }

  @AfterEach
  void nothingIsLeftOnTheDevice() {
    backend.close();
    assertThat(live()).isEqualTo(live);
  }

  /** What is held of the emulated device; a GPU does not tell. */
  private long live() {
    return backend.runtime() instanceof EmulatedRuntime emulated ? emulated.live() : 0;
  }

  private Engine engine(boolean onDevice) {
    return engine(onDevice, Capacity.LARGEST_PREDICTION);
  }

  private Engine engine(boolean onDevice, int largestPrediction) {
    return new CudaEngine(
        backend.runtime(),
        backend.gemm(),
        problem.network,
        Precision.FP32,
        largestPrediction,
        onDevice ? 1 : 0,
        () -> {});
  }

  private interface Work {
    List<double[]> on(Engine engine, Session.Resident data);
  }

  /** What the same work gives on columns on the device and on the host. */
  private void sameBits(Work work) {
    List<List<double[]>> results = new ArrayList<>();
    for (boolean onDevice : new boolean[] {true, false}) {
      try (Engine engine = engine(onDevice);
          Session.Resident data = engine.load(problem.columns)) {
        assertThat(data).isInstanceOf(onDevice ? DeviceColumns.class : StreamedColumns.class);
        problem.fill(engine);
        results.add(work.on(engine, data));
      }
    }
    for (int i = 0; i < results.get(0).size(); i++) {
      assertThat(results.get(1).get(i)).as("result %d", i).containsExactly(results.get(0).get(i));
    }
  }

  @Test
  void trainingsEndInTheSameBits() {
    sameBits(
        (engine, data) -> {
          engine.optimize(problem.optimization(ADAM, 1e-3));
          double[] losses = new double[12];
          for (int step = 0; step < losses.length; step++) {
            Trained.step(engine, data, step);
            if (step % 5 == 4) { // else steps are queued one after the other
              losses[step] = engine.takeLoss();
            }
          }
          List<double[]> all = new ArrayList<>(Trained.numbers(problem, engine));
          all.add(losses);
          all.add(Numbers.logits(engine, data));
          return all;
        });
  }

  /**
   * On the device a step lists the batch after it, streamed columns do not: the wrong rows would
   * show.
   */
  @Test
  void whatComesBetweenStepsIsSeenByTheNextOne() {
    sameBits(
        (engine, data) -> {
          engine.optimize(problem.optimization(ADAM, 1e-3));
          engine.order(data, Shuffle.of(7, 0, Trained.ROWS));
          int[][] ranges = {{0, 48}, {48, 48}, {96, 48}, {0, 48}, {48, 20}, {68, 48}, {144, 48}};
          List<Runnable> changes =
              List.of(
                  () -> {},
                  () -> engine.order(data, Shuffle.of(7, 1, Trained.ROWS)),
                  () -> engine.gradients(data, new int[] {7, 3, 190}, true),
                  () -> Numbers.logits(engine, data),
                  () -> turnDomains(data),
                  () -> engine.optimize(problem.optimization(ADAM, 0)),
                  () -> engine.setStep(3));
          for (Runnable change : changes) {
            for (int[] range : ranges) {
              change.run();
              engine.train(range[0], range[1]);
            }
          }
          turnDomains(data); // an odd number of times before
          return Trained.numbers(problem, engine);
        });
  }

  /** Gives the first row the domain of the last one, and so on; twice, and all is as before. */
  private void turnDomains(Session.Resident data) {
    IntBuffer domains = problem.columns.domains();
    for (int row = 0; row < Trained.ROWS / 2; row++) {
      int last = Trained.ROWS - 1 - row;
      int domain = domains.get(row);
      domains.put(row, domains.get(last)).put(last, domain);
    }
    data.changed(data.rows());
  }

  @Test
  void predictionsOfAnyRangeAndGradientsAreTheSame() {
    sameBits(
        (engine, data) -> {
          List<double[]> all = new ArrayList<>();
          for (int[] range : new int[][] {{0, 1}, {17, 1}, {5, 33}, {60, 140}, {199, 1}}) {
            var logits = Buffers.floats((long) range[1]);
            var probabilities = Buffers.floats((long) range[1]);
            engine.predict(data, range[0], range[1], logits, probabilities);
            engine.predict(data, range[0], range[1], Buffers.floats(0L), Buffers.floats(0L));
            double[] both = new double[2 * range[1]];
            for (int i = 0; i < range[1]; i++) {
              both[i] = logits.get(i);
              both[range[1] + i] = probabilities.get(i);
            }
            all.add(both);
          }
          double loss = engine.gradients(data, new int[] {7, 3, 190, 3, 55}, true);
          all.add(new double[] {loss});
          for (Parameter p : problem.network.parameters()) {
            all.add(Numbers.read(engine, p, Engine.Slot.GRADIENT));
          }
          return all;
        });
  }

  /**
   * Predictions list the next rows too where they are on the device, and rows in between are
   * others.
   */
  @Test
  void predictionsInManyBatchesAreTheSame() {
    try (Engine streaming = engine(false, 32);
        Session.Resident streamed = streaming.load(problem.columns);
        Engine engine = engine(true, 32);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(streaming);
      problem.fill(engine);
      double[] expected = Numbers.logits(streaming, streamed);
      for (int round = 0; round < 3; round++) {
        assertThat(Numbers.logits(engine, data)).containsExactly(expected);
        double[] first = Numbers.logits(engine, data, 0, 64);
        Numbers.logits(engine, data, 5, 7);
        double[] then = Numbers.logits(engine, data, 64, 32);
        assertThat(first).containsExactly(Arrays.copyOf(expected, 64));
        assertThat(then).containsExactly(Arrays.copyOfRange(expected, 64, 96));
      }
    }
  }

  /** A batch of a predictor has lists of any length, one call after the other. */
  @Test
  void listsMayOutgrowTheBlocksOfABatch() {
    Column.Bags bags = lists();
    long[] offsets = new long[Trained.ROWS + 1];
    bags.offsets().get(0, offsets);
    sameBits(
        (engine, data) -> {
          List<double[]> all = new ArrayList<>(List.of(Numbers.logits(engine, data, 0, 4)));
          giveFirstRowAllIds(bags);
          data.changed(data.rows());
          for (int turn = 0; turn < 3; turn++) {
            all.add(Numbers.logits(engine, data, 0, 4));
          }
          bags.offsets().put(0, offsets);
          data.changed(data.rows());
          all.add(Numbers.logits(engine, data));
          assertThat(all.get(1)).isEqualTo(all.get(3)).isNotEqualTo(all.get(0));
          return all;
        });
  }

  @Test
  void trainingReadsAllOfListsThatGrew() {
    Column.Bags bags = lists();
    long[] offsets = new long[Trained.ROWS + 1];
    bags.offsets().get(0, offsets);
    List<List<double[]>> ends = new ArrayList<>();
    for (boolean before : new boolean[] {true, false}) {
      try (Engine engine = engine(true);
          Session.Resident data = engine.load(problem.columns)) {
        problem.fill(engine);
        engine.optimize(problem.optimization(new Optimizer.Sgd(0.05), 0));
        engine.order(data, RowOrder.of(IntStream.range(0, Trained.ROWS).toArray()));
        if (!before) { // steps on short lists first, which move nothing that stays
          engine.train(64, 16);
          engine.train(64, 16);
          problem.fill(engine);
          engine.setStep(0);
        }
        giveFirstRowAllIds(bags);
        data.changed(data.rows());
        engine.train(0, 16);
        engine.train(0, 16);
        ends.add(Trained.numbers(problem, engine));
      }
      bags.offsets().put(0, offsets);
    }
    for (int i = 0; i < ends.get(0).size(); i++) {
      assertThat(ends.get(1).get(i)).as("result %d", i).containsExactly(ends.get(0).get(i));
    }
  }

  private Column.Bags lists() {
    return problem.columns.fields().stream()
        .filter(Column.Bags.class::isInstance)
        .map(Column.Bags.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static void giveFirstRowAllIds(Column.Bags bags) {
    for (int row = 1; row <= Trained.ROWS; row++) {
      bags.offsets().put(row, bags.offsets().get(Trained.ROWS));
    }
  }

  @Test
  void columnsThatChangedAreReadAgain() {
    try (Engine engine = engine(false);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      double before = Numbers.logits(engine, data)[0];
      int domain = problem.columns.domains().get(0);
      problem.columns.domains().put(0, domain == 0 ? -1 : 0);
      data.changed(data.rows());
      assertThat(Numbers.logits(engine, data)[0]).isNotEqualTo(before);
    }
  }
}
