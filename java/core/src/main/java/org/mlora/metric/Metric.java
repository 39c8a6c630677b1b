package org.mlora.metric;

import java.util.function.ToDoubleFunction;

/** The numbers that settings are compared by. */
public enum Metric {
  WAUC("wauc", "WAUC", Better.HIGHER, Evaluation::wauc),
  MEAN_AUC("mean_auc", "mean AUC", Better.HIGHER, Evaluation::meanAuc),
  LOG_LOSS("log_loss", "log loss", Better.LOWER, Evaluation::logLoss),
  PCOC("pcoc", "PCOC", Better.NEAR_ONE, Evaluation::pcoc),
  ECE("ece", "ECE", Better.LOWER, Evaluation::ece);

  /** Which values are good. */
  public enum Better {
    HIGHER,
    LOWER,
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

  public double of(Evaluation evaluation) {
    return value.applyAsDouble(evaluation);
  }
}
