package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.cuda.emulated.Emulated;
import org.mlora.cuda.emulated.EmulatedRuntime;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.data.Columns;
import org.mlora.error.InvalidInputException;
import org.mlora.error.InvalidShapeException;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;
import org.mlora.random.RowOrder;
import org.mlora.testing.Buffers;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/** What an engine promises besides right numbers, on the emulated device. */
@Tag("emulated")
@ExtendWith(NoNativeLeaks.class)
class EngineTest {
  private static final int ROWS = 90;
  private static final FloatBuffer NONE = FloatBuffer.allocate(0);

  private final RandomProblem problem = new RandomProblem("mlp", 4, ROWS, 0.2);
  private EmulatedRuntime runtime;
  private Backend backend;
  private long live;

  @BeforeEach
  void open() {
    runtime = Emulated.runtime();
    live = runtime.live();
    backend = Emulated.backend(runtime, Precision.FP32);
  }

  @AfterEach
  void nothingIsLeftOnTheDevice() {
    backend.close();
    assertThat(runtime.live()).isEqualTo(live);
  }

  @Test
  void sessionsOfSeveralThreadsPredictInTurns() throws Exception {
    try (Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      FloatBuffer expected = Buffers.floats((long) ROWS);
      engine.predict(data, 0, ROWS, expected, NONE);
      Callable<FloatBuffer> predicting =
          () -> {
            FloatBuffer logits = Buffers.floats((long) ROWS);
            try (Session session = engine.share();
                Session.Resident own = session.load(problem.columns)) {
              for (int from = 0; from < ROWS; from += 30) {
                session.predict(own, from, 30, logits.slice(from, 30), NONE);
              }
            }
            return logits;
          };
      ExecutorService threads = Executors.newFixedThreadPool(3);
      try {
        for (Future<FloatBuffer> logits : threads.invokeAll(Collections.nCopies(3, predicting))) {
          assertThat(logits.get()).isEqualTo(expected);
        }
      } finally {
        threads.shutdown();
      }
      Session closed = engine.share();
      closed.close();
      assertThatThrownBy(() -> closed.predict(data, 0, 1, expected, NONE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("used after it was closed");
    }
  }

  @Test
  void oneGraphServesEveryMixOfDomains() {
    int domains = problem.network.domains();
    try (Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns);
        ReferenceBackend reference = new ReferenceBackend();
        Engine exact = reference.compile(problem.network);
        Session.Resident same = exact.load(problem.columns)) {
      for (Engine e : List.of(engine, exact)) {
        problem.fill(e);
        e.optimize(problem.optimization(new Optimizer.Sgd(0.05), 0));
      }
      for (int round = 0; round < 3; round++) {
        for (int domain = -1; domain < domains; domain++) {
          int[] rows = problem.rowsOf(domain);
          if (rows.length == 0) {
            continue;
          }
          int[] batch = IntStream.range(0, 14).map(i -> rows[i % rows.length]).toArray();
          for (int count : new int[] {14, 3}) {
            engine.order(data, RowOrder.of(batch));
            engine.train(0, count);
            exact.order(same, RowOrder.of(batch));
            exact.train(0, count);
          }
        }
      }
      assertThat(engine.takeLoss() - exact.takeLoss()).isBetween(-1e-5, 1e-5);
      for (Parameter p : problem.network.parameters()) {
        double[] expected = Numbers.read(exact, p, Engine.Slot.VALUE);
        double[] actual = Numbers.read(engine, p, Engine.Slot.VALUE);
        assertThat(Numbers.relativeError(actual, expected, 0.1)).as(p.name()).isLessThan(2e-5);
      }
    }
  }

  /** Nothing is computed beside the pass then, whatever was before. */
  @Test
  void tablesAloneAreTrained() {
    List<double[]> ends = new ArrayList<>();
    for (boolean wholeFirst : new boolean[] {false, true}) {
      try (Engine engine = backend.compile(problem.network);
          Session.Resident data = engine.load(problem.columns)) {
        if (wholeFirst) {
          engine.optimize(problem.optimization(new Optimizer.Sgd(0.05), 0));
          engine.order(data, RowOrder.of(problem.everyRow()));
          engine.train(0, 16);
          engine.setStep(0);
        }
        problem.fill(engine);
        List<Optimization.Rule> rules =
            problem.network.parameters().stream()
                .map(
                    p ->
                        new Optimization.Rule(0, p.rowKind() == RowKind.BY_ID ? p.rows() : 0, 1, 0))
                .toList();
        engine.optimize(new Optimization(new Optimizer.Sgd(0.05), 1, rules));
        engine.order(data, RowOrder.of(problem.everyRow()));
        for (int step = 0; step < 5; step++) {
          engine.train(16 * step, 16);
        }
        ends.add(Numbers.logits(engine, data));
      }
    }
    assertThat(ends.get(1)).containsExactly(ends.get(0));
  }

  @Test
  void predictsAnyRangeWithTheSameBits() {
    try (Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      double[] all = Numbers.logits(engine, data);
      for (int round = 0; round < 3; round++) {
        for (int[] range : new int[][] {{0, 1}, {17, 1}, {5, 33}, {60, 30}, {89, 1}}) {
          var logits = Buffers.floats((long) range[1]);
          engine.predict(data, range[0], range[1], logits, Buffers.floats(0L));
          for (int i = 0; i < range[1]; i++) {
            assertThat((double) logits.get(i)).isEqualTo(all[range[0] + i]);
          }
        }
      }
    }
  }

  @Test
  void columnsThatChangedAreReadAgain() {
    try (Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      double before = Numbers.logits(engine, data)[0];
      int domain = problem.columns.domains().get(0);
      problem.columns.domains().put(0, domain == 0 ? -1 : 0);
      assertThat(Numbers.logits(engine, data)[0]).isEqualTo(before);
      data.changed(data.rows());
      assertThat(Numbers.logits(engine, data)[0]).isNotEqualTo(before);
      problem.columns.domains().put(0, 1_000_000);
      data.changed(data.rows());
      assertThatThrownBy(() -> Numbers.logits(engine, data))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("row 0: domain 1000000 is not in [0, ");
    }
  }

  @Test
  void onlyRowsThatAreToldOfAreReadAgain() {
    try (Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      IntBuffer domains = problem.columns.domains();
      double[] before = Numbers.logits(engine, data, 0, 4);
      domains.put(3, domains.get(3) == 0 ? -1 : 0).put(5, 1_000_000);
      data.changed(4);
      double[] after = Numbers.logits(engine, data, 0, 4);
      assertThat(Arrays.copyOf(after, 3)).containsExactly(Arrays.copyOf(before, 3));
      assertThat(after[3]).isNotEqualTo(before[3]);
      data.changed(6);
      assertThatThrownBy(() -> Numbers.logits(engine, data, 0, 4))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("row 5: domain 1000000 is not in [0, ");
      int rows = data.rows();
      assertThatThrownBy(() -> data.changed(rows + 1)).isInstanceOf(InvalidShapeException.class);
    }
  }

  @Test
  void predictionsBetweenStepsChangeNothing() {
    List<double[]> ends = new ArrayList<>();
    for (boolean looks : new boolean[] {false, true}) {
      try (Engine engine = backend.compile(problem.network);
          Session.Resident data = engine.load(problem.columns)) {
        problem.fill(engine);
        engine.optimize(problem.optimization(new Optimizer.Sgd(0.05), 0));
        engine.order(data, RowOrder.of(problem.everyRow()));
        for (int step = 0; step < 5; step++) {
          engine.train(16 * step, 16);
          if (looks) {
            Numbers.logits(engine, data);
            engine.gradients(data, new int[] {1, 2, 3}, true);
          }
        }
        ends.add(Numbers.logits(engine, data));
      }
    }
    assertThat(ends.get(1)).containsExactly(ends.get(0));
  }

  @Test
  void theDeviceIsThereUntilTheLastEngineIsClosed() {
    Backend early = Emulated.backend(Precision.FP32);
    Engine engine = early.compile(problem.network);
    Session.Resident data = engine.load(problem.columns);
    problem.fill(engine);
    early.close();
    assertThat(Numbers.logits(engine, data)).hasSize(ROWS);
    assertThatThrownBy(() -> early.compile(problem.network))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    engine.close();
    data.close();
  }

  @Test
  void outOfMemorySaysWhatWasAskedAndLeavesTheDeviceUsable() {
    try {
      try (Engine engine = backend.compile(problem.network)) {
        runtime.live(); // gives back what was kept
        runtime.limit((1L << 30) - runtime.memory().freeBytes() + 1000);
        try (Session.Resident data = engine.load(problem.columns)) {
          problem.fill(engine);
          assertThatThrownBy(() -> Numbers.logits(engine, data))
              .isInstanceOf(OutOfDeviceMemoryException.class)
              .hasMessageContaining("no room for the columns of a batch of 96 rows on the device")
              .hasMessageContaining("this process holds ");
          runtime.limit(1L << 30);
          assertThat(Numbers.logits(engine, data)).hasSize(ROWS).doesNotContain(Double.NaN);
        }
      }
      runtime.live();
      runtime.limit(20L << 20);
      assertThatThrownBy(() -> backend.compile(problem.network).close())
          .isInstanceOf(OutOfDeviceMemoryException.class)
          .hasMessageContaining("no room for ");
    } finally {
      runtime.limit(1L << 30);
    }
  }

  /** A network of one layer over an embedding of the domain, whose output is the value given. */
  private static Value layer(Network.Builder builder, Activation activation) {
    Value x = builder.value(4);
    Parameter table = parameter(builder, "emb", List.of(1, 4), RowKind.BY_DOMAIN);
    builder.add(new Op.Lookup(Network.DOMAIN, table, x, 0));
    Parameter weight = parameter(builder, "w", List.of(4, 1), RowKind.WHOLE);
    Parameter bias = parameter(builder, "b", List.of(1), RowKind.WHOLE);
    return builder.add(
        new Op.Dense(x, weight, bias, Optional.empty(), activation, 0, 0, builder.value(1)));
  }

  @Test
  void refusesATableThatIsLookedUpInMorePlacesThanOneCallTakesWithTheRemedy() {
    int most = MloraCuda.MLORA_CUDA_MOST;
    backend.compile(oneTable(most)).close();
    Network tooMany = oneTable(most + 1);
    assertThatThrownBy(() -> backend.compile(tooMany))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessageContaining("the table 'emb', which is looked up in 33 places, 32 are the most")
        .hasMessageContaining("--device cpu");
  }

  private static Network oneTable(int places) {
    Network.Builder builder = new Network.Builder(1);
    Parameter table = parameter(builder, "emb", List.of(1, 1), RowKind.BY_DOMAIN);
    Value x = builder.value(places);
    for (int i = 0; i < places; i++) {
      builder.add(new Op.Lookup(Network.DOMAIN, table, x, i));
    }
    return builder.build(builder.add(new Op.SumGroups(x, builder.value(1))));
  }

  @Test
  void aLogitOfAnyOpIsTaken() {
    Network.Builder builder = new Network.Builder(1);
    Network network = builder.build(layer(builder, Activation.RELU));
    Columns columns =
        new Columns(
            3,
            List.of(),
            Buffers.ints(new int[] {0, -1, 0}),
            Buffers.floats(new float[] {1, 0, 1}));
    for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
      try (Backend any = Emulated.backend(runtime, precision);
          Engine engine = any.compile(network);
          Session.Resident data = engine.load(columns)) {
        for (Parameter p : network.parameters()) {
          double[] halves = new double[(int) p.size()];
          Arrays.fill(halves, 0.5);
          Numbers.write(engine, p, Engine.Slot.VALUE, halves);
        }
        assertThat(Numbers.logits(engine, data)).containsExactly(1.5, 0.5, 1.5);
        engine.gradients(data, new int[] {0, 1, 2}, false);
        double known = 2 * (1 / (1 + Math.exp(-1.5)) - 1) / 3;
        double unknown = 1 / (1 + Math.exp(-0.5)) / 3;
        double[] bias =
            Numbers.read(engine, network.parameter("b").orElseThrow(), Engine.Slot.GRADIENT);
        assertThat(bias[0]).isCloseTo(known + unknown, within(1e-3));
      }
    }
  }

  private static Parameter parameter(
      Network.Builder builder, String name, List<Integer> shape, RowKind kind) {
    return builder.parameter(name, shape, kind, Role.BACKBONE, new Initializer.Zeros(), 0);
  }

  @Test
  void refusesColumnsOfAnotherEngineAndRowsThatAreNotThere() {
    try (Engine engine = backend.compile(problem.network);
        Engine other = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      assertThatThrownBy(() -> other.order(data, RowOrder.of(0)))
          .isInstanceOf(InvalidShapeException.class)
          .hasMessageContaining("another engine");
      assertThatThrownBy(() -> engine.order(data, RowOrder.of(ROWS)))
          .isInstanceOf(InvalidShapeException.class);
      assertThatThrownBy(() -> engine.train(0, 1)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(
              () -> engine.predict(data, 80, 11, Buffers.floats(11L), Buffers.floats(0L)))
          .isInstanceOf(InvalidShapeException.class);
    }
  }

  @Test
  void idsThatTheTableDoesNotHaveAreRefusedBeforeTheDeviceSeesThem() {
    Columns columns = new RandomProblem("mlp", 4, ROWS, 0).columns;
    columns.domains().put(3, 77);
    try (Engine engine = backend.compile(problem.network)) {
      assertThatThrownBy(() -> engine.load(columns))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("row 3: domain 77");
    }
  }

  @Test
  void aClosedEngineRefusesWorkAndClosingAgainDoesNothing() {
    Engine engine = backend.compile(problem.network);
    Session.Resident data = engine.load(problem.columns);
    engine.close();
    engine.close();
    assertThatThrownBy(engine::takeLoss)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("after it was closed");
    data.close();
    data.close();
  }
}
