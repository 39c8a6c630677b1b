package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gpu.TestDevice;
import org.mlora.testing.Cpu;
import org.mlora.testing.ModelCase;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.EpsilonRule;
import org.mlora.train.Optimizer.UntouchedRows;

/** Whole trainings of every model on the device under test, with options of all kinds. */
@ExtendWith(NoNativeLeaks.class)
class ModelsTest {
  private static final Optimizer ADAM =
      new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, EpsilonRule.TENSORFLOW, UntouchedRows.MOVE);

  static Stream<ModelCase> models() {
    return ModelCase.all();
  }

  @ParameterizedTest
  @MethodSource("models")
  void aFewStepsAgreeWithTheCpuBackend(ModelCase model) {
    agree(model, 1, 8);
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("models")
  void fiftyStepsAgreeWithTheCpuBackend(ModelCase model) {
    agree(model, 3, 50);
  }

  private static void agree(ModelCase model, int seeds, int steps) {
    double losses = 0;
    double tensors = 0;
    for (int seed = 0; seed < seeds; seed++) {
      RandomProblem problem = model.problem(seed, Trained.ROWS, 0.3);
      Optimization how = problem.optimization(ADAM, 1e-3);
      Trained cuda = Trained.on(TestDevice.backend(Precision.FP32), problem, how, steps);
      Trained cpu = Trained.on(Cpu.require(1), problem, how, steps);
      assertThat(cuda.worstLoss(cpu)).as("losses, seed %d", seed).isLessThan(1e-5);
      assertThat(cuda.auc(problem) - cpu.auc(problem)).as("seed %d", seed).isBetween(-1e-4, 1e-4);
      assertThat(cuda.furthestFrom(cpu)).as("tensors, seed %d", seed).isLessThan(1e-4);
      losses = Math.max(losses, cuda.worstLoss(cpu));
      tensors = Math.max(tensors, cuda.furthestFrom(cpu));
    }
    System.out.printf("training of %s: losses %.2e, tensors %.2e%n", model, losses, tensors);
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("models")
  void someRowsTrainedAgreesWithTheCpuBackend(ModelCase model) {
    for (int seed = 0; seed < 3; seed++) {
      Optimization how = model.problem(seed, Trained.ROWS, 0.2).partial(ADAM);
      RandomProblem problem = model.problem(seed, Trained.ROWS, 0.2);
      Trained cuda = Trained.on(TestDevice.backend(Precision.FP32), problem, how, 12);
      Trained cpu = Trained.on(Cpu.require(1), problem, how, 12);
      assertThat(cuda.furthestFrom(cpu)).as("seed %d", seed).isLessThan(2e-5);
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("models")
  void runTwiceEndsInTheSameBits(ModelCase model) {
    RandomProblem problem = model.problem(3, Trained.ROWS, 0.3);
    Optimization how = problem.optimization(ADAM, 0);
    for (Precision precision : Precision.values()) {
      Trained once = Trained.on(TestDevice.backend(precision), problem, how, 8);
      Trained again = Trained.on(TestDevice.backend(precision), problem, how, 8);
      for (int i = 0; i < once.numbers().size(); i++) {
        assertThat(again.numbers().get(i)).containsExactly(once.numbers().get(i));
      }
      assertThat(again.losses()).containsExactly(once.losses());
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("models")
  void lowerPrecisionsLearnTheSame(ModelCase model) {
    RandomProblem problem = model.problem(3, Trained.ROWS, 0);
    Optimization how = problem.optimization(ADAM, 0);
    Trained exact = Trained.on(TestDevice.backend(Precision.FP32), problem, how, 12);
    for (Precision precision : new Precision[] {Precision.TF32X3, Precision.TF32, Precision.BF16}) {
      Trained rounded = Trained.on(TestDevice.backend(precision), problem, how, 12);
      double tolerance = precision == Precision.TF32X3 ? 1e-5 : 0.03;
      assertThat(rounded.worstLoss(exact)).as(precision.name()).isLessThan(tolerance);
    }
  }
}
