package org.mlora.backend.reference;

import java.util.Arrays;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/** One optimizer step of one parameter, see {@link Optimizer}. */
final class Update {
  private Update() {}

  /** What the first moment starts from: Adagrad's initial sum, else 0. */
  static double initial(Optimizer optimizer) {
    if (optimizer instanceof Optimizer.Adagrad adagrad) {
      return adagrad.initial();
    } else if (optimizer instanceof Optimizer.RowWiseAdagrad adagrad) {
      return adagrad.initial();
    }
    return 0;
  }

  /**
   * Moves the trained rows along their gradients.
   *
   * @param step number of this step, from 1
   */
  static void apply(Optimizer optimizer, Optimization.Rule rule, long step, ParameterState state) {
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

  private static void adagrad(
      Optimizer.Adagrad how, double rate, ParameterState p, int from, int to) {
    for (int i = from; i < to; i++) {
      double g = p.gradient[i];
      p.first[i] += g * g;
      p.value[i] -= rate * g / (Math.sqrt(p.first[i]) + positive(how.epsilon()));
    }
  }

  /** Every value of a row's first moment holds the row's sum. */
  private static void rowWiseAdagrad(
      Optimizer.RowWiseAdagrad how, double rate, ParameterState p, int from, int to) {
    double squares = 0;
    for (int i = from; i < to; i++) {
      squares += p.gradient[i] * p.gradient[i];
    }
    double sum = p.first[from] + squares / (to - from);
    Arrays.fill(p.first, from, to, sum);
    for (int i = from; i < to; i++) {
      p.value[i] -= rate * p.gradient[i] / (Math.sqrt(sum) + positive(how.epsilon()));
    }
  }

  private static void adam(
      Optimizer.Adam how, double rate, long step, ParameterState p, int from, int to) {
    double b1 = how.beta1();
    double b2 = how.beta2();
    double epsilon = positive(how.epsilon());
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
            case TENSORFLOW -> rate * corrected2 / corrected1 * m / (u + epsilon);
            case PYTORCH -> rate / corrected1 * m / (u / corrected2 + epsilon);
          };
    }
  }

  /** An epsilon of 0 would make 0 / 0 of values that never had a gradient. */
  private static double positive(double epsilon) {
    return Math.max(epsilon, Float.MIN_NORMAL);
  }
}
