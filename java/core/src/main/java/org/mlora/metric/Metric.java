package org.mlora.metric;

import java.util.function.ToDoubleFunction;

/** The numbers that settings are compared by. */
public enum Metric {
  /** {@link Evaluation#wauc}. */
  WAUC("wauc", "WAUC", Better.HIGHER, Evaluation::wauc),
  /** {@link Evaluation#meanAuc}. */
  MEAN_AUC("mean_auc", "mean AUC", Better.HIGHER, Evaluation::meanAuc),
  /** {@link Evaluation#logLoss}. */
  LOG_LOSS("log_loss", "log loss", Better.LOWER, Evaluation::logLoss),
  /** {@link Evaluation#pcoc}. */
  PCOC("pcoc", "PCOC", Better.NEAR_ONE, Evaluation::pcoc),
  /** {@link Evaluation#ece}. */
  ECE("ece", "ECE", Better.LOWER, Evaluation::ece);

  /** Which values are good. */
  public enum Better {
    /** As AUC, of which 1 is perfect. */
    HIGHER,
    /** As a loss, of which 0 is perfect. */
    LOWER,
    /** As a ratio, of which 1 is perfect, and a higher one no better than a lower one. */
    NEAR_ONE
  }

  private final String key;
  private final String title;
  private final Better better;
  private final ToDoubleFunction<Evaluation> value;

  Metric(String key, String title, Better better, ToDoubleFunction<Evaluation> value) {
    this.key = key;
    this.title = title;
    this.better = better;
    this.value = value;
  }

  /** Its name in JSON. */
  public String key() {
    return key;
  }

  /** Its name for people. */
  public String title() {
    return title;
  }

  /** Which of its values are good. */
  public Better better() {
    return better;
  }

  /**
   * Whether value {@code a} is better than {@code b}; of {@link Better#NEAR_ONE} whether it is
   * higher. NaN is worse than every number.
   */
  public boolean isBetter(double a, double b) {
    if (Double.isNaN(b)) {
      return !Double.isNaN(a);
    }
    return better == Better.LOWER ? a < b : a > b;
  }

  /** Its value in an evaluation; NaN where it is undefined. */
  public double of(Evaluation evaluation) {
    return value.applyAsDouble(evaluation);
  }
}
