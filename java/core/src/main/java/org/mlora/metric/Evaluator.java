package org.mlora.metric;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import org.mlora.data.Outcomes;

/** Turns predictions into an {@link Evaluation}. Buffers are read from position 0 and not moved. */
public final class Evaluator {
  /** Log loss clips probabilities to [CLIP, 1 - CLIP], as the published code does. */
  private static final double CLIP = 1e-7;

  private final float[] probabilities;
  private final Outcomes outcomes;
  private final IntBuffer domains;
  private final List<String> domainNames;

  private Evaluator(
      float[] probabilities, Outcomes outcomes, IntBuffer domains, List<String> domainNames) {
    requireRows("labels", outcomes.rows(), probabilities.length);
    if (outcomes.weighted()) {
      requireRows("weights", outcomes.weights().limit(), probabilities.length);
    }
    requireRows("domains", domains.limit(), probabilities.length);
    this.probabilities = probabilities;
    this.outcomes = outcomes;
    this.domains = domains;
    this.domainNames = domainNames;
  }

  /**
   * Evaluates the predictions of a split.
   *
   * @param probabilities one a row, in [0, 1]
   * @param domains index into {@code domainNames}; a negative one means unknown
   * @throws org.mlora.error.DivergedException if a prediction is not a probability
   * @throws org.mlora.error.InvalidInputException if a label is neither 0 nor 1, or a weight is
   *     below 0 or not finite
   */
  public static Evaluation evaluate(
      String split,
      float[] probabilities,
      Outcomes outcomes,
      IntBuffer domains,
      List<String> domainNames) {
    return new Evaluator(probabilities, outcomes, domains, domainNames).evaluate(split);
  }

  /**
   * The published code's means of {@link ThresholdAuc} over domains (spec §9), in which every row
   * counts 1.
   */
  public static Evaluation.Compat compat(
      float[] probabilities, FloatBuffer labels, IntBuffer domains, List<String> domainNames) {
    return new Evaluator(probabilities, Outcomes.of(labels), domains, domainNames).compat();
  }

  private Evaluation evaluate(String split) {
    int groups = domainNames.size() + 1;
    long[] rows = new long[groups];
    long[] positives = new long[groups];
    double[] weights = new double[groups];
    double[] clicked = new double[groups];
    double[] predicted = new double[groups];
    double[] loss = new double[groups];
    for (int row = 0; row < probabilities.length; row++) {
      int group = group(row);
      double probability = Rows.probability(probabilities, row);
      int label = Rows.label(outcomes.labels(), row);
      double weight = Rows.weight(outcomes, row);
      rows[group]++;
      positives[group] += label;
      weights[group] += weight;
      clicked[group] += weight * label;
      predicted[group] += weight * probability;
      loss[group] += weight * logLoss(probability, label);
    }
    double[] aucs = GroupedAuc.each(probabilities, outcomes, this::group, groups);
    List<Evaluation.Domain> found = new ArrayList<>();
    Mean wauc = new Mean();
    Mean meanAuc = new Mean();
    double allLoss = 0;
    double allPredicted = 0;
    double allWeight = 0;
    double allClicked = 0;
    for (int group = 0; group < groups; group++) {
      boolean unknown = group == domainNames.size();
      if (unknown && rows[group] == 0) {
        continue;
      }
      found.add(
          new Evaluation.Domain(
              unknown ? Evaluation.UNKNOWN : domainNames.get(group),
              rows[group],
              positives[group],
              aucs[group],
              quotient(loss[group], weights[group]),
              quotient(predicted[group], clicked[group])));
      wauc.add(aucs[group], weights[group]);
      meanAuc.add(aucs[group], 1);
      allLoss += loss[group];
      allPredicted += predicted[group];
      allWeight += weights[group];
      allClicked += clicked[group];
    }
    return new Evaluation(
        split,
        probabilities.length,
        wauc.value(),
        meanAuc.value(),
        quotient(allLoss, allWeight),
        quotient(allPredicted, allClicked),
        Calibration.of(probabilities, outcomes).ece(),
        found);
  }

  private Evaluation.Compat compat() {
    int groups = domainNames.size() + 1;
    long[] rows = new long[groups];
    for (int row = 0; row < probabilities.length; row++) {
      rows[group(row)]++;
    }
    double[] aucs = ThresholdAuc.each(probabilities, outcomes.labels(), this::group, groups);
    Mean wauc = new Mean();
    Mean meanAuc = new Mean();
    for (int group = 0; group < groups; group++) {
      wauc.add(aucs[group], rows[group]);
      meanAuc.add(aucs[group], rows[group] > 0 ? 1 : 0);
    }
    return new Evaluation.Compat(wauc.value(), meanAuc.value());
  }

  private int group(int row) {
    int domain = domains.get(row);
    if (domain >= domainNames.size()) {
      throw new IllegalArgumentException(
          "row " + row + " has domain " + domain + " of " + domainNames.size());
    }
    return domain < 0 ? domainNames.size() : domain;
  }

  private static double logLoss(double probability, int label) {
    double clipped = Math.min(Math.max(probability, CLIP), 1 - CLIP);
    return label == 1 ? -Math.log(clipped) : -Math.log1p(-clipped);
  }

  /** NaN for an empty denominator, where the quotient is undefined. */
  private static double quotient(double sum, double count) {
    return count == 0 ? Double.NaN : sum / count;
  }

  private static void requireRows(String what, int given, int rows) {
    if (given != rows) {
      throw new IllegalArgumentException(given + " " + what + " for " + rows + " predictions");
    }
  }
}
