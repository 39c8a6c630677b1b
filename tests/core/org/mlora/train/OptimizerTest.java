package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.mlora.error.InvalidInputException;

class OptimizerTest {
  private static Optimizer.Adam adam(double rate, double beta1, double beta2, double epsilon) {
    return new Optimizer.Adam(
        rate,
        beta1,
        beta2,
        epsilon,
        Optimizer.EpsilonRule.TENSORFLOW,
        Optimizer.UntouchedRows.MOVE);
  }

  private static void refused(String says, ThrowingCallable made) {
    assertThatThrownBy(made).isInstanceOf(InvalidInputException.class).hasMessageContaining(says);
  }

  @Test
  void numbersThatNoBackendCanTrainWithAreRefused() {
    refused("beta1 is 1.0", () -> adam(1e-3, 1, 0.999, 1e-8));
    refused("beta2 is -0.1", () -> adam(1e-3, 0.9, -0.1, 1e-8));
    refused("beta2 is NaN", () -> adam(1e-3, 0.9, Double.NaN, 1e-8));
    for (double bad : List.of(-1.0, Double.NaN, Double.POSITIVE_INFINITY)) {
      refused("epsilon is " + bad, () -> adam(1e-3, 0.9, 0.999, bad));
      refused("rate is " + bad, () -> adam(bad, 0.9, 0.999, 1e-8));
      refused("rate is " + bad, () -> new Optimizer.Sgd(bad));
      refused("epsilon is " + bad, () -> new Optimizer.Adagrad(0.1, bad, 0));
      refused("initial sum is " + bad, () -> new Optimizer.Adagrad(0.1, 0, bad));
      refused("initial sum is " + bad, () -> new Optimizer.RowWiseAdagrad(0.1, 0, bad));
    }
  }

  @Test
  void theFileThatHoldsABadNumberIsNamed() {
    ObjectNode json = TrainingConfigJson.write(TrainingConfig.defaults());
    json.withObject("optimizer").put("beta1", 1);
    refused(
        "model.json: training: the optimizer's beta1 is 1.0",
        () -> TrainingConfigJson.read(json, "model.json: training"));
  }
}
