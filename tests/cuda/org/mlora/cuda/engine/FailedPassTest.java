package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.cuda.emulated.Emulated;
import org.mlora.cuda.emulated.EmulatedRuntime;
import org.mlora.cuda.gemm.Precision;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.random.RowOrder;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimizer;

/** After a pass that failed, an engine goes on as if nobody had asked for it. */
@Tag("emulated")
@ExtendWith(NoNativeLeaks.class)
class FailedPassTest {
  private static final int ROWS = 90;
  private static final int BATCH = 16;
  private static final int LARGEST = 32;

  /** Whose updates depend on the number of the step, as dropout does. */
  private static final Optimizer ADAM =
      new Optimizer.Adam(
          2e-3, 0.9, 0.999, 1e-3, Optimizer.EpsilonRule.TENSORFLOW, Optimizer.UntouchedRows.MOVE);

  private final RandomProblem problem = new RandomProblem("mlp", 4, ROWS, 0.2);
  private final FailingGemm products = new FailingGemm();
  private EmulatedRuntime runtime;

  @BeforeEach
  void open() {
    runtime = Emulated.runtime();
  }

  private Engine engine(boolean onDevice) {
    Engine engine =
        new CudaEngine(
            runtime,
            products,
            problem.network,
            Precision.FP32,
            LARGEST,
            onDevice ? 1 : 0,
            () -> {});
    problem.fill(engine);
    return engine;
  }

  /** Logits after five steps, of which the second is recorded; something may fail before a step. */
  private double[] trained(boolean onDevice, BiConsumer<Engine, Integer> before) {
    try (Engine engine = engine(onDevice);
        Session.Resident data = engine.load(problem.columns)) {
      engine.optimize(problem.optimization(ADAM, 0));
      engine.order(data, RowOrder.of(problem.everyRow()));
      for (int step = 0; step < 5; step++) {
        before.accept(engine, step);
        engine.train(BATCH * step, BATCH);
      }
      return Numbers.logits(engine, data);
    }
  }

  private double[] undisturbed() {
    return trained(true, (engine, step) -> {});
  }

  /** Has a product of some work fail. */
  private void failing(int product, Runnable work) {
    products.left = product;
    assertThatThrownBy(work::run).hasMessage("no product");
    products.left = Integer.MAX_VALUE;
  }

  private void aStepThatFailedCanBeDoneAgain(boolean onDevice, int failed) {
    BiConsumer<Engine, Integer> failing =
        (engine, step) -> {
          for (int product = 0; step == failed && product < 6; product++) {
            failing(product, () -> engine.train(BATCH * failed, BATCH));
          }
        };
    assertThat(trained(onDevice, failing)).containsExactly(undisturbed());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFirstStepThatFailedAnywhereCanBeDoneAgain(boolean onDevice) {
    aStepThatFailedCanBeDoneAgain(onDevice, 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStepWhoseRecordingFailedAnywhereCanBeDoneAgain(boolean onDevice) {
    aStepThatFailedCanBeDoneAgain(onDevice, 1);
  }

  @Test
  void aStepThatFoundNoMemoryCanBeDoneAgain() {
    BiConsumer<Engine, Integer> failing =
        (engine, step) -> {
          if (step == 0) {
            products.openings = 0;
            assertThatThrownBy(() -> engine.train(0, BATCH))
                .isInstanceOf(OutOfDeviceMemoryException.class);
          }
        };
    assertThat(trained(true, failing)).containsExactly(undisturbed());
  }

  @Test
  void predictionsAfterOneWhoseRecordingFailedAreThoseOfTheirRows() {
    double[] after;
    try (Engine engine = engine(true);
        Session.Resident data = engine.load(problem.columns)) {
      Numbers.logits(engine, data, 0, LARGEST);
      failing(0, () -> Numbers.logits(engine, data, LARGEST, LARGEST));
      after = Numbers.logits(engine, data, 2 * LARGEST, ROWS - 2 * LARGEST);
    }
    // Last: memory that is used again would have the right numbers in place.
    try (Engine engine = engine(true);
        Session.Resident data = engine.load(problem.columns)) {
      double[] all = Numbers.logits(engine, data);
      assertThat(after).containsExactly(Arrays.copyOfRange(all, 2 * LARGEST, ROWS));
    }
  }
}
