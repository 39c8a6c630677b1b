package org.mlora.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.data.Field;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.testing.ModelCase;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimizer;

/** Gradients against central differences of the loss. */
class GradientTest {
  private static final double STEP = 1e-6;

  @Property(tries = 25)
  void gradientsAreTheSlopesOfTheLoss(@ForAll long seed) {
    check(new RandomProblem(seed, 12, 0), 0);
  }

  @Property(tries = 25)
  void soTheyAreWithDropoutOfOneSeed(@ForAll long seed) {
    check(new RandomProblem(seed, 12, 0.4), 0);
  }

  @Property(tries = 10)
  void soTheyAreWithAPenalty(@ForAll long seed) {
    check(new RandomProblem(seed, 12, 0), 0.03);
  }

  static Stream<ModelCase> models() {
    return ModelCase.all();
  }

  @ParameterizedTest
  @MethodSource("models")
  void soTheyAreForEveryKindOfField(ModelCase model) {
    for (long seed = 1; seed <= 3; seed++) {
      RandomProblem problem = model.problem(seed, 12, 0.3);
      assertThat(problem.schema.fields().stream().map(Object::getClass))
          .contains(Field.class.getPermittedSubclasses());
      check(problem, 0.01);
    }
  }

  @Test
  void theModelsUseEveryOp() {
    assertThat(
            models()
                .flatMap(
                    model -> LongStream.range(0, 8).mapToObj(seed -> model.problem(seed, 2, 0)))
                .flatMap(problem -> problem.network.ops().stream())
                .map(Object::getClass))
        .contains(Op.class.getPermittedSubclasses());
  }

  private static void check(RandomProblem problem, double l2) {
    try (ReferenceBackend backend = new ReferenceBackend();
        ReferenceEngine engine = backend.compile(attached(problem.network));
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      engine.optimize(problem.optimization(new Optimizer.Sgd(0.1), l2));
      boolean dropout = problem.spec.dropout() > 0;
      Slopes slopes = new Slopes(engine, data, problem.everyRow(), dropout, l2);
      double here = slopes.loss();
      int compared = 0;
      int bends = 0;
      List<Parameter> trained =
          problem.network.parameters().stream().filter(Parameter::trained).toList();
      for (Parameter p : trained) {
        engine.gradients(data, problem.everyRow(), dropout);
        double[] gradient = engine.exact(p, Engine.Slot.GRADIENT);
        for (int i = 0; i < gradient.length; i++) {
          double ahead = (slopes.lossAt(p, i, STEP) - here) / STEP;
          double behind = (here - slopes.lossAt(p, i, -STEP)) / STEP;
          // The sides differ by the curvature, or more where the step crosses the bend of a relu;
          // the true slope is then up to half the difference away from the mean of the two.
          double doubt = Math.abs(ahead - behind) / 2;
          if (doubt > 1e-4) {
            bends++;
            continue;
          }
          compared++;
          assertThat((ahead + behind) / 2)
              .as("%s[%d] of %s", p.name(), i, problem.spec)
              .isCloseTo(gradient[i], Offset.offset(doubt + 2e-8));
        }
      }
      assertThat(bends).isLessThanOrEqualTo(2 + compared / 20);
    }
  }

  /** The same network without stops for gradients, at which slopes would not be the gradients. */
  static Network attached(Network network) {
    List<Op> ops = new ArrayList<>();
    for (Op op : network.ops()) {
      ops.add(
          op instanceof Op.Detach stop
              ? new Op.Copy(stop.in(), 0, stop.in().width(), stop.out(), 0)
              : op);
    }
    return new Network(
        network.domains(),
        network.inputs(),
        network.parameters(),
        network.values(),
        ops,
        network.logit(),
        network.experts());
  }

  /** The loss with its penalty, here or with one number moved. */
  record Slopes(
      ReferenceEngine engine, Session.Resident data, int[] rows, boolean dropout, double l2) {
    double loss() {
      double loss = engine.gradients(data, rows, dropout);
      for (Parameter p : engine.network().parameters()) {
        for (double w : engine.exact(p, Engine.Slot.VALUE)) {
          loss += l2 * w * w;
        }
      }
      return loss;
    }

    double lossAt(Parameter p, int index, double move) {
      double[] values = engine.exact(p, Engine.Slot.VALUE);
      double kept = values[index];
      values[index] = kept + move;
      engine.writeExact(p, Engine.Slot.VALUE, values);
      double loss = loss();
      values[index] = kept;
      engine.writeExact(p, Engine.Slot.VALUE, values);
      return loss;
    }
  }
}
