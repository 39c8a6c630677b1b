package org.mlora.train;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mlora.backend.Engine;
import org.mlora.error.DivergedException;

/**
 * Counts rows, time and loss of an epoch in progress. Asks the engine for the loss only at times.
 */
final class EpochMeter {
  private static final int MOST_NAMES = 3;

  private final Engine engine;
  private final Material material;
  private final int epoch;
  private final Phase phase;
  private final EpochPlan plan;
  private final long start = System.nanoTime();
  private final int firstStep;
  private double lossSum;
  private long lossRows;
  private int lossStep;
  private int step;

  EpochMeter(Engine engine, Material material, Phase phase, EpochPlan plan, TrainingState state) {
    this.engine = engine;
    this.material = material;
    this.epoch = state.epochs() + 1;
    this.phase = phase;
    this.plan = plan;
    this.firstStep = state.stepInEpoch();
    this.lossSum = state.lossSum();
    this.lossRows = state.lossRows();
    this.lossStep = firstStep;
    this.step = firstStep;
  }

  void stepDone() {
    step++;
  }

  int step() {
    return step;
  }

  double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  /**
   * Takes the loss of the steps since the last call.
   *
   * @param lastGood says in the error where a good model is
   */
  void takeLoss(Keeper lastGood) {
    int rows = plan.starts()[step] - plan.starts()[lossStep];
    if (rows == 0) {
      return;
    }
    double mean = engine.takeLoss();
    if (!Double.isFinite(mean)) {
      long last = engine.step();
      long first = last - (step - lossStep) + 1;
      throw new DivergedException(
          "the loss became "
              + mean
              + " in epoch "
              + epoch
              + (first == last ? " at step " + last : " between steps " + first + " and " + last)
              + " ("
              + rows
              + " rows of "
              + domains(plan.starts()[lossStep], plan.starts()[step])
              + "); "
              + lastGood.lastGood()
              + "; lower the learning rate");
    }
    lossSum += mean * rows;
    lossRows += rows;
    lossStep = step;
  }

  /** Names of the domains of a part of the order, the first few of many. */
  private String domains(int from, int to) {
    int[] found =
        IntStream.range(from, to)
            .map(i -> material.train().domains().get(plan.order().row(i)))
            .sorted()
            .distinct()
            .toArray();
    String names =
        Arrays.stream(found)
            .limit(MOST_NAMES)
            .mapToObj(
                d -> d < 0 ? "unknown domain" : "'" + material.schema().domains().get(d) + "'")
            .collect(Collectors.joining(", "));
    return names
        + (found.length > MOST_NAMES ? " and " + (found.length - MOST_NAMES) + " more" : "");
  }

  /** Mean loss of the steps whose loss was taken; NaN where there are none. */
  double meanLoss() {
    return lossSum / lossRows;
  }

  double samplesPerSecond() {
    return (plan.starts()[step] - plan.starts()[firstStep]) / seconds();
  }

  TrainingState state(TrainingState before) {
    return before.afterSteps(step, engine.step(), lossSum, lossRows, seconds());
  }

  TrainingListener.Progress progress() {
    double left = (plan.order().size() - plan.starts()[step]) / samplesPerSecond();
    return new TrainingListener.Progress(
        epoch, phase, step, plan.steps(), samplesPerSecond(), meanLoss(), left);
  }
}
