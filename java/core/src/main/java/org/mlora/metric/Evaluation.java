package org.mlora.metric;

import java.util.List;

/**
 * How good predictions are. Undefined numbers (the AUC of a domain with one class) are NaN, and are
 * left out of means.
 *
 * @param wauc mean of the domains' AUC weighted by their rows (spec §9)
 * @param meanAuc unweighted mean of the domains' AUC
 * @param logLoss mean over rows
 * @param pcoc mean prediction / mean label
 * @param ece expected calibration error over equal-width bins
 */
public record Evaluation(
    String split,
    long rows,
    double wauc,
    double meanAuc,
    double logLoss,
    double pcoc,
    double ece,
    List<Domain> domains) {
  public Evaluation {
    domains = List.copyOf(domains);
  }

  /** One domain's rows. */
  public record Domain(
      String domain, long rows, long positives, double auc, double logLoss, double pcoc) {}
}
