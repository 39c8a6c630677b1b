package org.mlora.train;

import java.util.List;

/**
 * What an engine does in a step.
 *
 * @param seed key of the dropout streams
 * @param rules one for each parameter, in order
 */
public record Optimization(Optimizer optimizer, long seed, List<Rule> rules) {
  /** Copies the list. */
  public Optimization {
    rules = List.copyOf(rules);
  }

  /**
   * How one parameter is trained. Of moving statistics ({@link org.mlora.network.Role#STATISTICS})
   * it says only which rows move.
   *
   * @param firstRow first trained row (a row as in {@link org.mlora.network.RowKind})
   * @param rowCount number of trained rows; 0 freezes the parameter
   * @param learningRateScale multiplies the optimizer's rate, see also {@link Optimizer}
   * @param l2 lambda: adds lambda * sum of squares of the trained rows to the loss, gradient 2
   *     lambda w
   */
  public record Rule(int firstRow, int rowCount, double learningRateScale, double l2) {}
}
