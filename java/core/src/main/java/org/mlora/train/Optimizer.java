package org.mlora.train;

import org.mlora.error.InvalidInputException;

/**
 * How a parameter moves along its gradient g. All are applied per value unless said otherwise.
 * Constructors throw {@link InvalidInputException} where a number is out of its range: finite and 0
 * or more, betas below 1.
 */
public sealed interface Optimizer {
  /** Its lr; that of adapters is scaled, see {@link TrainingConfig#adapterRateScale}. */
  double learningRate();

  /** The same with another learning rate. */
  Optimizer withLearningRate(double rate);

  /** How many moments it keeps, of the two that an engine has slots for. */
  int moments();

  /** Whether a moment is the same for all values of a row. */
  default boolean rowWise() {
    return false;
  }

  /** w -= lr g. */
  record Sgd(double learningRate) implements Optimizer {
    /** Checks the numbers, see {@link Optimizer}. */
    public Sgd {
      requireNotNegative("learning rate", learningRate);
    }

    @Override
    public int moments() {
      return 0;
    }

    @Override
    public Sgd withLearningRate(double rate) {
      return new Sgd(rate);
    }
  }

  /** s += g², w -= lr g / (sqrt(s) + eps), s starts at {@code initial}. */
  record Adagrad(double learningRate, double epsilon, double initial) implements Optimizer {
    /** Checks the numbers, see {@link Optimizer}. */
    public Adagrad {
      requireNotNegative("learning rate", learningRate);
      requireNotNegative("optimizer's epsilon", epsilon);
      requireNotNegative("optimizer's initial sum", initial);
    }

    @Override
    public int moments() {
      return 1;
    }

    @Override
    public Adagrad withLearningRate(double rate) {
      return new Adagrad(rate, epsilon, initial);
    }
  }

  /** Adagrad with one s a row, fed by the mean of the row's g². */
  record RowWiseAdagrad(double learningRate, double epsilon, double initial) implements Optimizer {
    /** Checks the numbers, see {@link Optimizer}. */
    public RowWiseAdagrad {
      requireNotNegative("learning rate", learningRate);
      requireNotNegative("optimizer's epsilon", epsilon);
      requireNotNegative("optimizer's initial sum", initial);
    }

    @Override
    public int moments() {
      return 1;
    }

    @Override
    public boolean rowWise() {
      return true;
    }

    @Override
    public RowWiseAdagrad withLearningRate(double rate) {
      return new RowWiseAdagrad(rate, epsilon, initial);
    }
  }

  /**
   * Adam (Kingma and Ba 2015). The second moment is kept as its root u = sqrt(v), u' = sqrt(beta2
   * u² + (1 - beta2) g²), so that a step without gradient is u' = sqrt(beta2) u: rows that a batch
   * does not touch are caught up later, step by step, to the same bits.
   *
   * @param rows what happens to rows that the batch does not touch
   * @param epsilon added to u (TF1: w -= lr sqrt(1-b2^t)/(1-b1^t) m / (u + eps)) or to the
   *     corrected root (PyTorch: w -= lr/(1-b1^t) m / (u/sqrt(1-b2^t) + eps)), see {@code
   *     epsilonRule}
   */
  record Adam(
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      EpsilonRule epsilonRule,
      UntouchedRows rows)
      implements Optimizer {
    /** Checks the numbers, see {@link Optimizer}. */
    public Adam {
      requireNotNegative("learning rate", learningRate);
      requireNotNegative("optimizer's epsilon", epsilon);
      requireBeta("beta1", beta1);
      requireBeta("beta2", beta2);
    }

    @Override
    public int moments() {
      return 2;
    }

    @Override
    public Adam withLearningRate(double rate) {
      return new Adam(rate, beta1, beta2, epsilon, epsilonRule, rows);
    }

    /** The same with untouched rows treated otherwise. */
    public Adam withRows(UntouchedRows rows) {
      return new Adam(learningRate, beta1, beta2, epsilon, epsilonRule, rows);
    }
  }

  private static void requireNotNegative(String what, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new InvalidInputException(
          "the " + what + " is " + value + "; it must be finite and 0 or more");
    }
  }

  private static void requireBeta(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new InvalidInputException(
          "the optimizer's " + name + " is " + value + "; it must be in [0, 1)");
    }
  }

  /** Where Adam adds epsilon. */
  enum EpsilonRule {
    /** To u. */
    TENSORFLOW,
    /** To the corrected root, u / sqrt(1 - beta2^t). */
    PYTORCH
  }

  /** Adam on rows without a gradient. */
  enum UntouchedRows {
    /** Moments decay and the row moves in every step (the reference); done lazily, exactly. */
    MOVE,
    /** Moments and row stay as they are (LazyAdam). */
    STAY
  }
}
