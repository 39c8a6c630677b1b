package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gpu.TestDevice;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;

/** A service that replaces its model: the new one begins to predict while old ones are closed. */
@Timeout(60)
@ExtendWith(NoNativeLeaks.class)
class ModelSwapTest {
  private static final int MOST_ROWS = 40;

  private final RandomProblem problem = new RandomProblem("mlp", 4, MOST_ROWS, 0.2);

  /** Sizes that are new, whose first batch is queued, the second recorded, the third replayed. */
  private void predictEverySize(Engine engine, Session.Resident data, double[] expected) {
    for (int rows = 1; rows <= MOST_ROWS; rows++) {
      for (int time = 0; time < 3; time++) {
        double[] logits = Numbers.logits(engine, data, 0, rows);
        double[] all = Arrays.copyOf(expected, rows);
        assertThat(Numbers.relativeError(logits, all, 1)).as("%d rows", rows).isLessThan(1e-5);
      }
    }
  }

  @Test
  void predictionsGoOnWhileOtherModelsAreOpenedAndClosed() throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (Backend backend = TestDevice.backend(Precision.FP32);
        Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      double[] expected = Numbers.logits(engine, data);
      Future<?> service = thread.submit(() -> predictEverySize(engine, data, expected));
      int closed = 0;
      while (!service.isDone() || closed == 0) {
        try (Engine other = backend.compile(problem.network);
            Session.Resident same = other.load(problem.columns)) {
          problem.fill(other);
          Numbers.logits(other, same);
        }
        closed++;
      }
      service.get();
    } finally {
      thread.shutdown();
    }
  }
}
