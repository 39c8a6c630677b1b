package org.mlora.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.network.Parameter;
import org.mlora.random.Shuffle;
import org.mlora.train.Optimization;

/**
 * What an engine makes of a problem: a loss and gradients of all rows with dropout, then a training
 * in stages by batches of many sizes, with its losses, all numbers in the end, and logits.
 *
 * @param numbers the loss; losses; logits; gradients of what is trained; all values in the end
 */
public record Outcome(List<double[]> numbers) {
  /** Rows that the batches fit in. */
  public static final int ROWS = 90;

  /** Several times, as a device records a size before it replays it. */
  private static final int[] BATCHES = {16, 1, 17, 70, 16, 16, 17, 1, 16, 70, 17, 16};

  /** How much numbers are moved to see how far that moves what comes of them. */
  private static final double LITTLE = 1e-6;

  /** How often they are, as a relu bends in one of several trainings only. */
  private static final int MOVES = 8;

  /** How much farther than that rounding may bring them. */
  private static final double AT_MOST = 20;

  private static final double LARGEST = 100;

  /** On an engine of its own. */
  public static Outcome of(Backend backend, RandomProblem problem, List<Optimization> stages) {
    return of(backend, problem, stages, Optional.empty());
  }

  private static Outcome of(
      Backend backend, RandomProblem problem, List<Optimization> stages, Optional<Random> moves) {
    try (backend;
        Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      moves.ifPresent(random -> move(problem, engine, random));
      return of(engine, data, problem, stages);
    }
  }

  /** On an engine that is filled. */
  public static Outcome of(
      Engine engine, Session.Resident data, RandomProblem problem, List<Optimization> stages) {
    engine.optimize(stages.get(0));
    List<double[]> all = new ArrayList<>();
    all.add(new double[] {engine.gradients(data, problem.everyRow(), true)});
    List<Parameter> parameters = problem.network.parameters();
    for (Parameter p : parameters.stream().filter(Parameter::trained).toList()) {
      all.add(Numbers.read(engine, p, Engine.Slot.GRADIENT));
    }
    all.add(1, losses(engine, data, stages));
    all.add(2, Numbers.logits(engine, data));
    parameters.forEach(p -> all.add(Numbers.read(engine, p, Engine.Slot.VALUE)));
    return new Outcome(all);
  }

  /** The mean loss of every three steps. */
  private static double[] losses(Engine engine, Session.Resident data, List<Optimization> stages) {
    DoubleStream.Builder losses = DoubleStream.builder();
    for (Optimization stage : stages) {
      engine.optimize(stage);
      for (int step = 0; step < BATCHES.length; step++) {
        if (step % 4 == 0) {
          engine.order(data, Shuffle.of(1, step, ROWS));
        }
        engine.train(7 * step % (ROWS - BATCHES[step] + 1), BATCHES[step]);
        if (step % 3 == 2) {
          losses.add(engine.takeLoss());
        }
      }
    }
    return losses.build().toArray();
  }

  private static void move(RandomProblem problem, Engine engine, Random random) {
    for (Parameter p : problem.network.parameters()) {
      double[] values = Numbers.read(engine, p, Engine.Slot.VALUE);
      for (int i = 0; i < values.length; i++) {
        values[i] *= 1 + LITTLE * random.nextGaussian();
      }
      Numbers.write(engine, p, Engine.Slot.VALUE, values);
    }
  }

  /** Whether its losses and logits are of a size at which single precision has something to say. */
  public boolean isOfUsualSize() {
    return numbers.stream()
        .limit(3)
        .flatMapToDouble(Arrays::stream)
        .allMatch(number -> Math.abs(number) < LARGEST);
  }

  /**
   * The largest relative error of a tensor, those of small numbers as if their largest were 0.1.
   */
  public double distance(Outcome expected) {
    double worst = 0;
    for (int i = 0; i < numbers.size(); i++) {
      worst = Math.max(worst, Numbers.relativeError(numbers.get(i), expected.numbers.get(i), 0.1));
    }
    return worst;
  }

  /**
   * Whether it is no farther from what is expected than rounding brings it. Where that is more than
   * a tolerance, a relu may bend there, or a difference of large numbers count: the reference
   * backend then goes as far when all numbers are moved by a little.
   */
  public boolean isNear(
      Outcome expected, double tolerance, RandomProblem problem, List<Optimization> stages) {
    double distance = distance(expected);
    if (distance < tolerance) {
      return true;
    }
    Outcome exact = of(new ReferenceBackend(), problem, stages);
    return LongStream.rangeClosed(1, MOVES)
        .mapToObj(
            seed -> of(new ReferenceBackend(), problem, stages, Optional.of(new Random(seed))))
        .anyMatch(moved -> distance < tolerance + AT_MOST * moved.distance(exact));
  }

  /** Whether all numbers have the same bits. */
  public boolean equalsToTheBit(Outcome other) {
    for (int i = 0; i < numbers.size(); i++) {
      if (!Arrays.equals(numbers.get(i), other.numbers.get(i))) {
        return false;
      }
    }
    return true;
  }
}
