package org.mlora.backend.reference;

import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/** One optimizer step of one parameter, see {@link Optimizer}. */
final class Update {
  private Update() {}

  /**
   * Moves the trained rows along their gradients.
   *
   * @param step number of this step, from 1
   */
  static void apply(
      Optimizer optimizer, Optimization.Rule rule, long step, ParameterState state) {
    double rate = optimizer.learningRate() * rule.learningRateScale();
    int size = state.parameter().rowSize();
    for (int row = rule.firstRow(); row < rule.firstRow() + rule.rowCount(); row++) {
      int from = row * size;
      if (optimizer instanceof Optimizer.Sgd) {
        sgd(rate, state, from, from + size);
      } else if (optimizer instanceof Optimizer.Adagrad adagrad) {
        adagrad(adagrad, rate, state, from, from + size);
      } else if (optimizer instanceof Optimizer.RowWiseAdagrad adagrad) {
        rowWiseAdagrad(adagrad, rate, state, from, from + size);
      } else if (optimizer instanceof Optimizer.Adam adam) {
        boolean stays = adam.rows() == Optimizer.UntouchedRows.STAY && !state.touched(row);
        if (!stays) {
          adam(adam, rate, step, state, from, from + size);
        }
      }
    }
  }

  private static void sgd(double rate, ParameterState p, int from, int to) {
    for (int i = from; i < to; i++) {
      p.value[i] -= rate * p.gradient[i];
    }
  }

  /** The first moment holds what was added to the initial sum. */
  private static void adagrad(
      Optimizer.Adagrad how, double rate, ParameterState p, int from, int to) {
    for (int i = from; i < to; i++) {
      double g = p.gradient[i];
      p.first[i] += g * g;
      p.value[i] -= rate * g / (Math.sqrt(how.initial() + p.first[i]) + how.epsilon());
    }
  }

  /** The first value of a row's first moment holds what was added to the row's initial sum. */
  private static void rowWiseAdagrad(
      Optimizer.RowWiseAdagrad how, double rate, ParameterState p, int from, int to) {
    double squares = 0;
    for (int i = from; i < to; i++) {
      squares += p.gradient[i] * p.gradient[i];
    }
    p.first[from] += squares / (to - from);
    double root = Math.sqrt(how.initial() + p.first[from]);
    for (int i = from; i < to; i++) {
      p.value[i] -= rate * p.gradient[i] / (root + how.epsilon());
    }
  }

  private static void adam(
      Optimizer.Adam how, double rate, long step, ParameterState p, int from, int to) {
    double b1 = how.beta1();
    double b2 = how.beta2();
    double corrected1 = 1 - Math.pow(b1, step);
    double corrected2 = Math.sqrt(1 - Math.pow(b2, step));
    for (int i = from; i < to; i++) {
      double g = p.gradient[i];
      double m = b1 * p.first[i] + (1 - b1) * g;
      double u = Math.sqrt(b2 * p.second[i] * p.second[i] + (1 - b2) * g * g);
      p.first[i] = m;
      p.second[i] = u;
      p.value[i] -=
          switch (how.epsilonRule()) {
            case TENSORFLOW -> rate * corrected2 / corrected1 * m / (u + how.epsilon());
            case PYTORCH -> rate / corrected1 * m / (u / corrected2 + how.epsilon());
          };
    }
  }
}
