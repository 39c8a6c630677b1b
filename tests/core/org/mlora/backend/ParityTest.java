package org.mlora.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.network.Parameter;
import org.mlora.random.Shuffle;
import org.mlora.testing.Cpu;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.EpsilonRule;
import org.mlora.train.Optimizer.UntouchedRows;

/** The CPU backend beside the reference backend: the same problem, batch by batch. */
class ParityTest {
  /**
   * Fixed, because once in thousands of problems a relu bends within rounding of 0, and single
   * precision then rightly takes its other side.
   */
  private static final String SEED = "20240914";

  private static final int ROWS = 64;
  private static final int BATCH = 16;
  private static final int STEPS = 20;

  @Provide
  Arbitrary<Optimizer> optimizers() {
    return Arbitraries.of(
        new Optimizer.Sgd(0.05),
        new Optimizer.Adagrad(0.02, 1e-3, 0.1),
        new Optimizer.RowWiseAdagrad(0.02, 1e-3, 0.1),
        new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, EpsilonRule.TENSORFLOW, UntouchedRows.MOVE),
        new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, EpsilonRule.PYTORCH, UntouchedRows.MOVE),
        new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, EpsilonRule.PYTORCH, UntouchedRows.STAY));
  }

  @Property(tries = 30, seed = SEED)
  void gradientsAgree(@ForAll long seed) {
    RandomProblem problem = new RandomProblem(seed, ROWS, 0.3);
    try (Run reference = new Run(problem, new ReferenceBackend());
        Run cpu = new Run(problem, Cpu.require(2))) {
      Optimization how = problem.optimization(new Optimizer.Sgd(0.1), 0.01);
      reference.engine.optimize(how);
      cpu.engine.optimize(how);
      double expected = reference.engine.gradients(reference.data, problem.everyRow(), true);
      assertThat(cpu.engine.gradients(cpu.data, problem.everyRow(), true) - expected)
          .isBetween(-2e-6, 2e-6);
      agree(problem, reference, cpu, Engine.Slot.GRADIENT, 5e-6);
    }
  }

  @Property(tries = 40, seed = SEED)
  void trainingAgrees(@ForAll long seed, @ForAll("optimizers") Optimizer optimizer) {
    RandomProblem problem = new RandomProblem(seed, ROWS, seed % 2 == 0 ? 0.3 : 0);
    Optimization how = problem.optimization(optimizer, seed % 3 == 0 ? 0.01 : 0);
    compareTraining(problem, how);
  }

  @Property(tries = 20, seed = SEED)
  void trainingOfSomeRowsAgrees(@ForAll long seed, @ForAll("optimizers") Optimizer optimizer) {
    RandomProblem problem = new RandomProblem(seed, ROWS, 0.3);
    compareTraining(problem, problem.partial(optimizer));
  }

  private static void compareTraining(RandomProblem problem, Optimization how) {
    try (Run reference = new Run(problem, new ReferenceBackend());
        Run cpu = new Run(problem, Cpu.require(2))) {
      double expected = reference.train(how);
      assertThat(cpu.train(how) - expected).as("loss").isBetween(-1e-5, 1e-5);
      agree(problem, reference, cpu, Engine.Slot.VALUE, 1e-5);
      double[] logits = Numbers.logits(reference.engine, reference.data);
      assertThat(Numbers.relativeError(Numbers.logits(cpu.engine, cpu.data), logits, 1))
          .as("logits")
          .isLessThan(2e-5);
    }
  }

  @Property(tries = 15, seed = SEED)
  void anyNumberOfThreadsGivesTheSameBits(
      @ForAll long seed, @ForAll("optimizers") Optimizer optimizer) {
    RandomProblem problem = new RandomProblem(seed, ROWS, 0.3);
    Optimization how = problem.optimization(optimizer, 0);
    try (Run one = new Run(problem, Cpu.require(1))) {
      one.train(how);
      for (int threads = 2; threads <= 3; threads++) {
        try (Run more = new Run(problem, Cpu.require(threads))) {
          more.train(how);
          for (Parameter p : problem.network.parameters()) {
            for (Engine.Slot slot : List.of(Engine.Slot.VALUE, Engine.Slot.FIRST_MOMENT)) {
              assertThat(Numbers.read(more.engine, p, slot))
                  .as(p.name())
                  .containsExactly(Numbers.read(one.engine, p, slot));
            }
          }
        }
      }
    }
  }

  private static void agree(
      RandomProblem problem, Run expected, Run actual, Engine.Slot slot, double tolerance) {
    for (Parameter p : problem.network.parameters()) {
      if (slot == Engine.Slot.GRADIENT && !p.trained()) {
        continue;
      }
      double error =
          Numbers.relativeError(
              Numbers.read(actual.engine, p, slot), Numbers.read(expected.engine, p, slot), 0.1);
      assertThat(error).as("%s of %s", p.name(), problem.spec).isLessThan(tolerance);
    }
  }

  /** A backend with the problem loaded. */
  private static final class Run implements AutoCloseable {
    final Backend backend;
    final Engine engine;
    final Session.Resident data;

    Run(RandomProblem problem, Backend backend) {
      this.backend = backend;
      this.engine = backend.compile(problem.network);
      this.data = engine.load(problem.columns);
      problem.fill(engine);
    }

    /** Some steps in random order; gives the mean loss. */
    double train(Optimization how) {
      engine.optimize(how);
      for (int step = 0; step < STEPS; step++) {
        int from = step * BATCH % ROWS;
        if (from == 0) {
          engine.order(data, Shuffle.of(1, step, ROWS));
        }
        engine.train(from, BATCH);
      }
      return engine.takeLoss();
    }

    @Override
    public void close() {
      data.close();
      engine.close();
      backend.close();
    }
  }
}
