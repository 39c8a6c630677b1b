package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gpu.TestDevice;
import org.mlora.network.Parameter;
import org.mlora.random.Shuffle;
import org.mlora.testing.Cpu;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.EpsilonRule;
import org.mlora.train.Optimizer.UntouchedRows;

/** Trainings on the device under test, beside the CPU backend and beside themselves. */
@ExtendWith(NoNativeLeaks.class)
class TrainingTest {
  private static final Optimizer ADAM =
      new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, EpsilonRule.TENSORFLOW, UntouchedRows.MOVE);

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3})
  void fiftyStepsAgreeWithTheCpuBackend(double dropout) {
    RandomProblem problem = new RandomProblem("mlp", 11, Trained.ROWS, dropout);
    Optimization how = problem.optimization(ADAM, 1e-3);
    Trained cuda = Trained.on(TestDevice.backend(Precision.FP32), problem, how, 50);
    Trained cpu = Trained.on(Cpu.require(1), problem, how, 50);
    for (int step = 0; step < 50; step++) {
      assertThat(cuda.losses()[step] / cpu.losses()[step] - 1)
          .as("step %d", step)
          .isBetween(-1e-5, 1e-5);
    }
    assertThat(cuda.auc(problem) - cpu.auc(problem)).isBetween(-1e-4, 1e-4);
    for (int i = 0; i < cpu.numbers().size(); i++) {
      assertThat(Numbers.relativeError(cuda.numbers().get(i), cpu.numbers().get(i), 0.1))
          .as("tensor %d", i)
          .isLessThan(1e-4);
    }
  }

  @Test
  void aPenaltyThatBeginsInAnEpochAgreesWithTheCpuBackend() {
    RandomProblem problem = new RandomProblem("mlp", 17, Trained.ROWS, 0.2);
    List<double[]> cuda = penalizedFrom(7, TestDevice.backend(Precision.FP32), problem);
    List<double[]> cpu = penalizedFrom(7, Cpu.require(1), problem);
    List<double[]> throughout = penalizedFrom(0, Cpu.require(1), problem);
    double moved = 0;
    for (int i = 0; i < cpu.size(); i++) {
      assertThat(Numbers.relativeError(cuda.get(i), cpu.get(i), 0.1))
          .as("tensor %d", i)
          .isLessThan(2e-5);
      moved = Math.max(moved, Numbers.relativeError(throughout.get(i), cpu.get(i), 0.1));
    }
    assertThat(moved).isGreaterThan(1e-3);
  }

  /** Twelve steps, of which the later ones have a penalty. */
  private static List<double[]> penalizedFrom(int from, Backend backend, RandomProblem problem) {
    try (backend;
        Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      engine.optimize(problem.optimization(ADAM, 0));
      for (int step = 0; step < 12; step++) {
        if (step == from) {
          engine.optimize(problem.optimization(ADAM, 1e-2));
        }
        Trained.step(engine, data, step);
      }
      return Trained.numbers(problem, engine);
    }
  }

  static List<Optimizer> optimizers() {
    return List.of(
        new Optimizer.Sgd(0.05),
        new Optimizer.Adagrad(0.02, 1e-3, 0.1),
        new Optimizer.RowWiseAdagrad(0.02, 1e-3, 0.1),
        new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, EpsilonRule.PYTORCH, UntouchedRows.MOVE),
        new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, EpsilonRule.PYTORCH, UntouchedRows.STAY));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void everyOptimizerAgreesWithTheCpuBackend(Optimizer optimizer) {
    RandomProblem problem = new RandomProblem("mlp", 5, Trained.ROWS, 0.2);
    Optimization how = problem.optimization(optimizer, 1e-2);
    Trained cuda = Trained.on(TestDevice.backend(Precision.FP32), problem, how, 12);
    Trained cpu = Trained.on(Cpu.require(1), problem, how, 12);
    for (int i = 0; i < cpu.numbers().size(); i++) {
      assertThat(Numbers.relativeError(cuda.numbers().get(i), cpu.numbers().get(i), 0.1))
          .as("tensor %d", i)
          .isLessThan(2e-5);
    }
  }

  @Test
  void someRowsTrainedAgreesWithTheCpuBackend() {
    for (int seed = 0; seed < 2; seed++) {
      Optimization how = new RandomProblem("mlp", seed, Trained.ROWS, 0.2).partial(ADAM);
      RandomProblem problem = new RandomProblem("mlp", seed, Trained.ROWS, 0.2);
      Trained cuda = Trained.on(TestDevice.backend(Precision.FP32), problem, how, 12);
      Trained cpu = Trained.on(Cpu.require(1), problem, how, 12);
      for (int i = 0; i < cpu.numbers().size(); i++) {
        assertThat(Numbers.relativeError(cuda.numbers().get(i), cpu.numbers().get(i), 0.1))
            .as("seed %d, tensor %d", seed, i)
            .isLessThan(2e-5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void runTwiceEndsInTheSameBits(Precision precision) {
    RandomProblem problem = new RandomProblem("mlp", 3, Trained.ROWS, 0.3);
    Optimization how = problem.optimization(ADAM, 0);
    Trained once = Trained.on(TestDevice.backend(precision), problem, how, 12);
    Trained again = Trained.on(TestDevice.backend(precision), problem, how, 12);
    for (int i = 0; i < once.numbers().size(); i++) {
      assertThat(again.numbers().get(i)).containsExactly(once.numbers().get(i));
    }
    assertThat(again.losses()).containsExactly(once.losses());
  }

  @Test
  void lowerPrecisionsLearnTheSame() {
    RandomProblem problem = new RandomProblem("mlp", 3, Trained.ROWS, 0);
    Optimization how = problem.optimization(ADAM, 0);
    Trained exact = Trained.on(TestDevice.backend(Precision.FP32), problem, how, 12);
    for (Precision precision : List.of(Precision.TF32X3, Precision.TF32, Precision.BF16)) {
      Trained rounded = Trained.on(TestDevice.backend(precision), problem, how, 12);
      double tolerance = precision == Precision.TF32X3 ? 1e-5 : 0.03;
      assertThat(Numbers.relativeError(rounded.losses(), exact.losses(), 0.1))
          .as(precision.name())
          .isLessThan(tolerance);
    }
  }

  @Test
  void aResumedTrainingEndsInTheSameBits() {
    RandomProblem problem = new RandomProblem("mlp", 9, Trained.ROWS, 0.3);
    Optimization how = problem.optimization(ADAM, 0);
    Trained whole = Trained.on(TestDevice.backend(Precision.FP32), problem, how, 14);
    List<double[]> resumed = new ArrayList<>();
    try (Backend backend = TestDevice.backend(Precision.FP32);
        Engine first = backend.compile(problem.network);
        Session.Resident data = first.load(problem.columns);
        Engine second = backend.compile(problem.network);
        Session.Resident again = second.load(problem.columns)) {
      problem.fill(first);
      first.optimize(how);
      IntStream.range(0, 9).forEach(step -> Trained.step(first, data, step));
      second.optimize(how);
      for (Parameter p : problem.network.parameters()) {
        for (Engine.Slot slot :
            List.of(Engine.Slot.VALUE, Engine.Slot.FIRST_MOMENT, Engine.Slot.SECOND_MOMENT_ROOT)) {
          Numbers.write(second, p, slot, Numbers.read(first, p, slot));
        }
      }
      second.setStep(first.step());
      second.order(again, Shuffle.of(7, 1, Trained.ROWS));
      IntStream.range(9, 14).forEach(step -> Trained.step(second, again, step));
      resumed.addAll(Trained.numbers(problem, second));
    }
    for (int i = 0; i < resumed.size(); i++) {
      assertThat(resumed.get(i)).as("tensor %d", i).containsExactly(whole.numbers().get(i));
    }
  }
}
