package org.mlora.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.network.Parameter;
import org.mlora.random.RowOrder;
import org.mlora.testing.Cpu;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.EpsilonRule;
import org.mlora.train.Optimizer.UntouchedRows;

/** Rows that no batch touches for more than a thousand steps, under every optimizer. */
@ExtendWith(NoNativeLeaks.class)
class LazyUpdatesTest {
  private static final int ROWS = 40;
  private static final int STEPS = 3000;

  /** Few enough that rounding has not yet grown into another training. */
  private static final int COMPARED_STEPS = 300;

  /** The rows that most steps train on; all others come only at the start and half-way. */
  private static final int BUSY = 3;

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        new Optimizer.Adam(1e-3, 0.9, 0.999, 1e-8, EpsilonRule.TENSORFLOW, UntouchedRows.MOVE),
        new Optimizer.Adam(1e-3, 0.9, 0.999, 1e-8, EpsilonRule.PYTORCH, UntouchedRows.MOVE),
        new Optimizer.Adam(1e-3, 0.9, 0.999, 1e-3, EpsilonRule.PYTORCH, UntouchedRows.STAY),
        new Optimizer.Adagrad(0.01, 1e-3, 0.1),
        new Optimizer.RowWiseAdagrad(0.01, 1e-3, 0.1),
        new Optimizer.Sgd(0.01));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void updatesInEveryStepAndLaterGiveTheSameBits(Optimizer optimizer) {
    for (double l2 : new double[] {0, 1e-3}) {
      List<double[]> lazy = train(Cpu.require(1), optimizer, l2, STEPS, false);
      List<double[]> eager = train(Cpu.require(1), optimizer, l2, STEPS, true);
      for (int i = 0; i < lazy.size(); i++) {
        assertThat(lazy.get(i)).as("penalty %s, tensor %d", l2, i).containsExactly(eager.get(i));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void endsWhereTheReferenceEnds(Optimizer optimizer) {
    for (double l2 : new double[] {0, 1e-3}) {
      List<double[]> cpu = train(Cpu.require(1), optimizer, l2, COMPARED_STEPS, false);
      List<double[]> reference =
          train(new ReferenceBackend(), optimizer, l2, COMPARED_STEPS, false);
      for (int i = 0; i < cpu.size(); i++) {
        assertThat(Numbers.relativeError(cpu.get(i), reference.get(i), 0.1))
            .as("penalty %s, tensor %d", l2, i)
            .isLessThan(1e-3);
      }
    }
  }

  /** As where each domain learns in its turn. */
  @ParameterizedTest
  @MethodSource("optimizers")
  void rowsThatAreTrainedInTheirTurnDoNotMakeUpForTheTurnsOfOthers(Optimizer optimizer) {
    List<double[]> cpu = trainInTurn(Cpu.require(1), optimizer);
    List<double[]> reference = trainInTurn(new ReferenceBackend(), optimizer);
    for (int i = 0; i < cpu.size(); i++) {
      assertThat(Numbers.relativeError(cpu.get(i), reference.get(i), 0.1))
          .as("tensor %d", i)
          .isLessThan(1e-3);
    }
  }

  private static List<double[]> trainInTurn(Backend backend, Optimizer optimizer) {
    RandomProblem problem = new RandomProblem("mlp", 7, ROWS, 0);
    Random random = new Random(2);
    try (backend;
        Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      for (int turn = 0; turn < 30; turn++) {
        engine.optimize(
            turn % 5 == 4 ? problem.optimization(optimizer, 0) : problem.partial(optimizer));
        for (int step = 0; step < 7; step++) {
          engine.order(data, RowOrder.of(random.nextInt(ROWS), random.nextInt(ROWS)));
          engine.train(0, 2);
        }
      }
      return numbers(problem, engine);
    }
  }

  /**
   * Values and moments in the end.
   *
   * @param everyStep whether all numbers are read after each step, which brings them up to date
   */
  private static List<double[]> train(
      Backend backend, Optimizer optimizer, double l2, int steps, boolean everyStep) {
    RandomProblem problem = new RandomProblem("mlp", 7, ROWS, 0);
    Random random = new Random(1);
    try (backend;
        Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      engine.optimize(problem.optimization(optimizer, l2));
      for (int step = 0; step < steps; step++) {
        boolean rare = step < 5 || step == steps / 2;
        engine.order(data, RowOrder.of(random.nextInt(rare ? ROWS : BUSY), 0));
        engine.train(0, 2);
        if (everyStep) {
          numbers(problem, engine);
        }
      }
      return numbers(problem, engine);
    }
  }

  private static List<double[]> numbers(RandomProblem problem, Engine engine) {
    List<double[]> all = new ArrayList<>();
    for (Parameter parameter : problem.network.parameters()) {
      for (Engine.Slot slot :
          List.of(Engine.Slot.VALUE, Engine.Slot.FIRST_MOMENT, Engine.Slot.SECOND_MOMENT_ROOT)) {
        all.add(Numbers.read(engine, parameter, slot));
      }
    }
    return all;
  }
}
