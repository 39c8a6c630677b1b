package org.mlora.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.data.Columns;
import org.mlora.error.InvalidShapeException;
import org.mlora.model.AdapterSpec;
import org.mlora.model.Initialization;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.RowKind;
import org.mlora.random.RowOrder;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

class ReferenceEngineTest {
  private static final Optimizer ADAM =
      new Optimizer.Adam(
          0.01, 0.9, 0.999, 1e-8, Optimizer.EpsilonRule.TENSORFLOW, Optimizer.UntouchedRows.MOVE);

  private static ReferenceEngine engine(Network network) {
    return new ReferenceBackend().compile(network);
  }

  @Property(tries = 25)
  void newAdaptersChangeNoPredictionToTheBit(@ForAll long seed) {
    RandomProblem problem = new RandomProblem(seed, 20, 0);
    ModelSpec with = problem.spec.withAdapter(new AdapterSpec.Mlora(4));
    ModelSpec without = problem.spec.withAdapter(new AdapterSpec.None());
    try (ReferenceEngine adapted = engine(Models.build(with, problem.schema));
        ReferenceEngine control = engine(Models.build(without, problem.schema))) {
      Initialization.fill(adapted, seed, problem::pretrained);
      Initialization.fill(control, seed, problem::pretrained);
      assertThat(logits(adapted, problem.columns))
          .containsExactly(logits(control, problem.columns));
    }
  }

  @Property(tries = 25)
  void aRowsLogitIsTheSameInAnyBatch(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int split) {
    RandomProblem problem = new RandomProblem(seed, 20, 0);
    try (ReferenceEngine engine = engine(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      double[] all = engine.logits(data, 0, 20);
      for (int i = 0; i < split; i++) {
        assertThat(engine.logits(data, i, 1)[0]).isEqualTo(all[i]);
      }
      assertThat(engine.logits(data, split, 20 - split))
          .containsExactly(Arrays.copyOfRange(all, split, 20));
    }
  }

  @Property(tries = 25)
  void aMixedBatchHasTheGradientsOfItsSingleDomainBatches(@ForAll long seed) {
    RandomProblem problem = new RandomProblem(seed, 20, 0);
    try (ReferenceEngine engine = engine(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      engine.gradients(data, problem.everyRow(), false);
      Map<Parameter, double[]> mixed = snapshot(engine, Engine.Slot.GRADIENT);
      Map<Parameter, double[]> sums = new HashMap<>();
      for (int domain = -1; domain < problem.network.domains(); domain++) {
        int[] rows = problem.rowsOf(domain);
        if (rows.length > 0) {
          engine.gradients(data, rows, false);
          double share = rows.length / 20.0;
          snapshot(engine, Engine.Slot.GRADIENT)
              .forEach((p, g) -> sums.merge(p, scaled(g, share), ReferenceEngineTest::plus));
        }
      }
      mixed.forEach((p, g) -> assertThat(sums.get(p)).containsExactly(g, offset(1e-13)));
    }
  }

  @Property(tries = 25)
  void onlyTrainedRowsAndTheirMomentsMove(@ForAll long seed) {
    RandomProblem problem = new RandomProblem(seed, 20, 0.3);
    try (ReferenceEngine engine = engine(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      Map<Parameter, double[]> before = snapshot(engine, Engine.Slot.VALUE);
      Optimization optimization = problem.partial(ADAM);
      engine.optimize(optimization);
      engine.order(data, RowOrder.of(problem.everyRow()));
      engine.train(0, 12);
      engine.train(12, 8);
      for (Parameter p : problem.network.parameters()) {
        Optimization.Rule rule = optimization.rules().get(p.index());
        double[] after = engine.exact(p, Engine.Slot.VALUE);
        double[] moments = engine.exact(p, Engine.Slot.FIRST_MOMENT);
        for (int i = 0; i < after.length; i++) {
          int row = i / p.rowSize();
          if (row < rule.firstRow() || row >= rule.firstRow() + rule.rowCount()) {
            assertThat(after[i]).isEqualTo(before.get(p)[i]);
            assertThat(moments[i]).isZero();
          }
        }
      }
    }
  }

  @Property(tries = 25)
  void lazyAdamLeavesTheAdaptersOfOtherDomainsAlone(@ForAll long seed) {
    RandomProblem problem = new RandomProblem(seed, 20, 0);
    try (ReferenceEngine engine = engine(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      Map<Parameter, double[]> before = snapshot(engine, Engine.Slot.VALUE);
      Optimizer lazy =
          new Optimizer.Adam(
              0.01, 0.9, 0.999, 1e-8, Optimizer.EpsilonRule.PYTORCH, Optimizer.UntouchedRows.STAY);
      engine.optimize(problem.optimization(lazy, 0));
      int[] rows = problem.rowsOf(0);
      if (rows.length == 0) {
        return;
      }
      engine.order(data, RowOrder.of(rows));
      engine.train(0, rows.length);
      for (Parameter p : problem.network.parameters()) {
        if (p.rowKind() == RowKind.BY_DOMAIN) {
          double[] after = engine.exact(p, Engine.Slot.VALUE);
          for (int i = p.rowSize(); i < after.length; i++) {
            assertThat(after[i]).isEqualTo(before.get(p)[i]);
          }
        }
      }
    }
  }

  @Test
  void trainingLowersTheLoss() {
    RandomProblem problem = new RandomProblem(4, 60, 0);
    try (ReferenceEngine engine = engine(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      engine.optimize(problem.optimization(ADAM, 0));
      engine.order(data, RowOrder.of(problem.everyRow()));
      assertThat(engine.takeLoss()).isNaN();
      engine.train(0, 60);
      double first = engine.takeLoss();
      for (int i = 0; i < 200; i++) {
        engine.train(0, 60);
      }
      engine.takeLoss();
      engine.train(0, 60);
      assertThat(engine.takeLoss()).isLessThan(0.9 * first);
      assertThat(engine.step()).isEqualTo(202);
    }
  }

  @Test
  void dropoutMasksAreDrawnForTheNextStep() {
    RandomProblem problem = new RandomProblem(4, 30, 0.5);
    try (ReferenceEngine engine = engine(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      double first = engine.gradients(data, problem.everyRow(), true);
      assertThat(engine.gradients(data, problem.everyRow(), true)).isEqualTo(first);
      engine.setStep(1);
      assertThat(engine.gradients(data, problem.everyRow(), true)).isNotEqualTo(first);
    }
  }

  @Test
  void rowsThatAreNotThereAreRefused() {
    RandomProblem problem = new RandomProblem(4, 30, 0);
    try (ReferenceEngine engine = engine(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      engine.optimize(problem.optimization(ADAM, 0));
      List<ThrowingCallable> calls =
          List.of(
              () -> engine.order(data, RowOrder.of(0, 30)),
              () -> engine.gradients(data, new int[0], false),
              () -> engine.logits(data, 29, 2),
              () -> {
                engine.order(data, RowOrder.of(0, 1));
                engine.train(1, 2);
              });
      for (ThrowingCallable call : calls) {
        assertThatThrownBy(call).isInstanceOf(InvalidShapeException.class);
      }
    }
  }

  private static double[] logits(ReferenceEngine engine, Columns columns) {
    try (Session.Resident data = engine.load(columns)) {
      return engine.logits(data, 0, columns.rows());
    }
  }

  private static Map<Parameter, double[]> snapshot(ReferenceEngine engine, Engine.Slot slot) {
    Map<Parameter, double[]> values = new HashMap<>();
    List<Parameter> parameters = engine.network().parameters();
    parameters.forEach(p -> values.put(p, engine.exact(p, slot)));
    return values;
  }

  private static double[] scaled(double[] x, double factor) {
    return Arrays.stream(x).map(v -> v * factor).toArray();
  }

  private static double[] plus(double[] x, double[] y) {
    double[] sum = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      sum[i] = x[i] + y[i];
    }
    return sum;
  }
}
