package org.mlora.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.random.Shuffle;
import org.mlora.testing.Buffers;
import org.mlora.testing.Cpu;
import org.mlora.testing.ModelCase;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimizer;

/** Sessions of every model, in several threads, between steps of its training. */
@ExtendWith(NoNativeLeaks.class)
class SessionTest {
  private static final int ROWS = 150;
  private static final int THREADS = 3;

  static Stream<ModelCase> models() {
    return ModelCase.all();
  }

  @ParameterizedTest
  @MethodSource("models")
  void predictTheBitsOfAnEngineThatSharesNothing(ModelCase model) throws Exception {
    RandomProblem problem = model.problem(1, ROWS, 0.2);
    try (Backend backend = Cpu.require(2);
        Engine alone = backend.compile(problem.network);
        Session.Resident rows = alone.load(problem.columns);
        Engine shared = backend.compile(problem.network);
        Session.Resident same = shared.load(problem.columns)) {
      problem.fill(alone);
      problem.fill(shared);
      // What was made of weights for the sessions of one round must be forgotten by the next.
      for (int round = 0; round < 3; round++) {
        double[] expected = Numbers.logits(alone, rows);
        inThreads(() -> logitsOfASession(shared, problem), expected);
        assertThat(Numbers.logits(shared, same)).isEqualTo(expected);
        train(alone, rows, problem);
        train(shared, same, problem);
      }
    }
  }

  private static void train(Engine engine, Session.Resident data, RandomProblem problem) {
    engine.optimize(problem.optimization(new Optimizer.Adagrad(0.05, 1e-3, 0.1), 0));
    engine.order(data, Shuffle.of(1, 0, ROWS));
    engine.train(0, ROWS / 2);
    engine.train(ROWS / 2, ROWS / 2);
  }

  private static void inThreads(Callable<double[]> predicting, double[] expected) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      for (Future<double[]> logits : threads.invokeAll(Collections.nCopies(THREADS, predicting))) {
        assertThat(logits.get()).isEqualTo(expected);
      }
    } finally {
      threads.shutdown();
    }
  }

  /** Of all rows at once; some are predicted alone before. */
  private static double[] logitsOfASession(Engine engine, RandomProblem problem) {
    FloatBuffer none = Buffers.floats(0L);
    FloatBuffer single = Buffers.floats(1L);
    FloatBuffer alone = Buffers.floats((long) ROWS);
    FloatBuffer all = Buffers.floats((long) ROWS);
    try (Session session = engine.share();
        Session.Resident data = session.load(problem.columns)) {
      for (int row = 0; row < ROWS; row += 7) {
        session.predict(data, row, 1, single, none);
        alone.put(row, single.get(0));
      }
      session.predict(data, 0, ROWS, all, none);
    }
    for (int row = 0; row < ROWS; row += 7) {
      assertThat(alone.get(row)).isEqualTo(all.get(row));
    }
    return IntStream.range(0, ROWS).mapToDouble(all::get).toArray();
  }
}
