package org.mlora.cuda.engine;

import java.util.ArrayList;
import java.util.List;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.metric.Auc;
import org.mlora.network.Parameter;
import org.mlora.random.Shuffle;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;

/**
 * A training cut into steps.
 *
 * @param losses of each step
 * @param numbers values and moments of all parameters in the end
 * @param logits of all rows in the end
 */
record Trained(double[] losses, List<double[]> numbers, double[] logits) {
  static final int ROWS = 200;
  private static final int BATCH = 48;

  /** Epochs of four full batches and a short one, over all domains and unknown ones. */
  static Trained on(Backend backend, RandomProblem problem, Optimization how, int steps) {
    try (backend;
        Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      engine.optimize(how);
      double[] losses = new double[steps];
      for (int step = 0; step < steps; step++) {
        step(engine, data, step);
        losses[step] = engine.takeLoss();
      }
      return new Trained(losses, numbers(problem, engine), Numbers.logits(engine, data));
    }
  }

  static void step(Engine engine, Session.Resident data, int step) {
    int perEpoch = (ROWS + BATCH - 1) / BATCH;
    int from = step % perEpoch * BATCH;
    if (from == 0) {
      engine.order(data, Shuffle.of(7, step / perEpoch, ROWS));
    }
    engine.train(from, Math.min(BATCH, ROWS - from));
  }

  static List<double[]> numbers(RandomProblem problem, Engine engine) {
    List<double[]> all = new ArrayList<>();
    for (Parameter p : problem.network.parameters()) {
      for (Engine.Slot slot :
          List.of(Engine.Slot.VALUE, Engine.Slot.FIRST_MOMENT, Engine.Slot.SECOND_MOMENT_ROOT)) {
        all.add(Numbers.read(engine, p, slot));
      }
    }
    return all;
  }

  double auc(RandomProblem problem) {
    float[] scores = new float[ROWS];
    for (int i = 0; i < ROWS; i++) {
      scores[i] = (float) logits[i];
    }
    return Auc.of(scores, problem.columns.labels());
  }

  /**
   * The largest relative error of a tensor, tensors of small numbers as if their largest were 0.1.
   */
  double furthestFrom(Trained other) {
    double worst = 0;
    for (int i = 0; i < numbers.size(); i++) {
      worst = Math.max(worst, Numbers.relativeError(numbers.get(i), other.numbers.get(i), 0.1));
    }
    return worst;
  }

  /** The largest relative error of a step's loss. */
  double worstLoss(Trained other) {
    double worst = 0;
    for (int step = 0; step < losses.length; step++) {
      worst = Math.max(worst, Math.abs(losses[step] / other.losses[step] - 1));
    }
    return worst;
  }
}
