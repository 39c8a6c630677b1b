package org.mlora.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.testing.Choices;
import org.mlora.testing.RandomNetwork;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimizer;

/**
 * Gradients of networks of any composition against central differences of the loss, for some
 * numbers of each parameter.
 */
class AnyNetworkGradientTest {
  private static final double STEP = 1e-6;
  private static final double WIDER_STEP = 1.7e-6;
  private static final int NUMBERS = 6;

  /** A loss that is far larger bends too much between one step and the next. */
  private static final double LARGEST = 100;

  @Provide
  Arbitrary<List<Integer>> choices() {
    return Choices.lists();
  }

  @Property(tries = 60, seed = "20261128")
  void gradientsAreTheSlopesOfTheLoss(@ForAll("choices") List<Integer> choices, @ForAll long seed) {
    check(new RandomNetwork(choices).problem(seed, 12));
  }

  @Tag("slow")
  @Property(tries = 500)
  void soAreThoseOfManyNetworks(@ForAll("choices") List<Integer> choices, @ForAll long seed) {
    check(new RandomNetwork(choices).problem(seed, 12));
  }

  @Test
  void theNetworksUseEveryOp() {
    Random random = new Random(1);
    assertThat(
            Stream.generate(() -> random.ints(100, 0, 5040).boxed().toList())
                .limit(100)
                .flatMap(choices -> new RandomNetwork(choices).network.ops().stream())
                .map(Object::getClass))
        .contains(Op.class.getPermittedSubclasses());
  }

  private static void check(RandomProblem problem) {
    try (ReferenceBackend backend = new ReferenceBackend();
        ReferenceEngine engine = backend.compile(GradientTest.attached(problem.network));
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      engine.optimize(problem.optimization(new Optimizer.Sgd(0.1), 0));
      GradientTest.Slopes slopes =
          new GradientTest.Slopes(engine, data, problem.everyRow(), true, 0);
      double here = slopes.loss();
      if (Math.abs(here) < LARGEST) {
        Random random = new Random(1);
        for (Parameter p : problem.network.parameters()) {
          engine.gradients(data, problem.everyRow(), true);
          double[] gradient = engine.exact(p, Engine.Slot.GRADIENT);
          for (int n = 0; n < NUMBERS && p.trained(); n++) {
            int i = random.nextInt(gradient.length);
            compare(slopes, here, p, i, gradient[i], problem);
          }
        }
      }
    }
  }

  private static void compare(
      GradientTest.Slopes slopes,
      double here,
      Parameter p,
      int i,
      double gradient,
      RandomProblem problem) {
    DoubleUnaryOperator slopeBy = move -> (slopes.lossAt(p, i, move) - here) / move;
    double ahead = slopeBy.applyAsDouble(STEP);
    double behind = slopeBy.applyAsDouble(-STEP);
    double slope = (ahead + behind) / 2;
    // As for the bend of a relu in GradientTest.
    double bend = Math.abs(ahead - behind) / 2;
    // Large numbers inside a network leave few digits, and another step rounds in another way.
    double wider = (slopeBy.applyAsDouble(WIDER_STEP) + slopeBy.applyAsDouble(-WIDER_STEP)) / 2;
    double lost = 10 * Math.abs(wider - slope);
    double rounding = 1e-7 * Math.max(1, Math.abs(gradient)) + 3e-8 * Math.max(1, here);
    assertThat(slope)
        .as("%s[%d] of %s", p.name(), i, problem.network.ops())
        .isCloseTo(gradient, Offset.offset(bend + lost + rounding));
  }
}
