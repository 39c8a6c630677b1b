package org.mlora.backend.cpu;

import org.mlora.nativelib.gen.Mlora;
import org.mlora.nativelib.gen.MloraEngine;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/** Tells a native engine what to do in a step. */
final class NativeOptimization {
  private NativeOptimization() {}

  /** Gives the status of the call. */
  static int rule(MloraEngine engine, int parameter, Optimization optimization) {
    Optimization.Rule rule = optimization.rules().get(parameter);
    return Mlora.mlora_engine_rule(
        engine, parameter, rule.firstRow(), rule.rowCount(), rule.learningRateScale(), rule.l2());
  }

  /** Gives the status of the call. */
  static int optimizer(MloraEngine engine, Optimization optimization) {
    Optimizer optimizer = optimization.optimizer();
    long seed = optimization.seed();
    if (optimizer instanceof Optimizer.Sgd o) {
      return Mlora.mlora_engine_optimizer(
          engine, Mlora.MLORA_SGD, o.learningRate(), 0, 0, 0, 0, 0, seed);
    } else if (optimizer instanceof Optimizer.Adagrad o) {
      return Mlora.mlora_engine_optimizer(
          engine, Mlora.MLORA_ADAGRAD, o.learningRate(), o.initial(), 0, o.epsilon(), 0, 0, seed);
    } else if (optimizer instanceof Optimizer.RowWiseAdagrad o) {
      return Mlora.mlora_engine_optimizer(
          engine,
          Mlora.MLORA_ROW_WISE_ADAGRAD,
          o.learningRate(),
          o.initial(),
          0,
          o.epsilon(),
          0,
          0,
          seed);
    } else if (optimizer instanceof Optimizer.Adam o) {
      return Mlora.mlora_engine_optimizer(
          engine,
          Mlora.MLORA_ADAM,
          o.learningRate(),
          o.beta1(),
          o.beta2(),
          o.epsilon(),
          code(o.epsilonRule()),
          code(o.rows()),
          seed);
    }
    throw new IllegalArgumentException("the CPU backend does not know the optimizer " + optimizer);
  }

  private static int code(Optimizer.EpsilonRule rule) {
    return switch (rule) {
      case TENSORFLOW -> Mlora.MLORA_EPSILON_TENSORFLOW;
      case PYTORCH -> Mlora.MLORA_EPSILON_PYTORCH;
    };
  }

  private static int code(Optimizer.UntouchedRows rows) {
    return switch (rows) {
      case MOVE -> Mlora.MLORA_UNTOUCHED_MOVE;
      case STAY -> Mlora.MLORA_UNTOUCHED_STAY;
    };
  }
}
