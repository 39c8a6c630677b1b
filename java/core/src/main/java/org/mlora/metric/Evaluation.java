package org.mlora.metric;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How good predictions are. Undefined numbers (the AUC of a domain with one class) are NaN, and are
 * left out of means.
 *
 * <p>Where rows have weights ({@link org.mlora.data.Outcomes}), they count as these say in every
 * number but counts of rows and positives, and {@code compat}.
 *
 * @param wauc mean of the domains' AUC weighted by their rows (spec §9)
 * @param meanAuc unweighted mean of the domains' AUC
 * @param logLoss mean over rows, probabilities clipped to [1e-7, 1 - 1e-7]
 * @param pcoc mean prediction / mean label
 * @param ece expected calibration error over {@link Calibration#BINS} equal-width bins
 * @param domains in the order of the schema; rows of unknown domain last, as {@link #UNKNOWN}; none
 *     where only numbers over all of them are kept
 * @param gauc mean of the users' AUC weighted by their rows, where users were given
 * @param compat the published code's metrics, where asked for
 */
public record Evaluation(
    String split,
    long rows,
    double wauc,
    double meanAuc,
    double logLoss,
    double pcoc,
    double ece,
    List<Domain> domains,
    OptionalDouble gauc,
    Optional<Compat> compat) {
  /** Name under which rows of unknown domain are reported. */
  public static final String UNKNOWN = "(unknown)";

  /** Copies the list. */
  public Evaluation {
    domains = List.copyOf(domains);
  }

  /** Without the optional numbers. */
  public Evaluation(
      String split,
      long rows,
      double wauc,
      double meanAuc,
      double logLoss,
      double pcoc,
      double ece,
      List<Domain> domains) {
    this(
        split,
        rows,
        wauc,
        meanAuc,
        logLoss,
        pcoc,
        ece,
        domains,
        OptionalDouble.empty(),
        Optional.empty());
  }

  /** The same with the mean of the users' AUC. */
  public Evaluation withGauc(double value) {
    return new Evaluation(
        split, rows, wauc, meanAuc, logLoss, pcoc, ece, domains, OptionalDouble.of(value), compat);
  }

  /** The same with the published code's metrics. */
  public Evaluation withCompat(Compat value) {
    return new Evaluation(
        split, rows, wauc, meanAuc, logLoss, pcoc, ece, domains, gauc, Optional.of(value));
  }

  /** The same without its domains, from which {@link #positives} are counted. */
  public Evaluation withoutDomains() {
    return new Evaluation(split, rows, wauc, meanAuc, logLoss, pcoc, ece, List.of(), gauc, compat);
  }

  /** Rows with label 1; 0 without the domains. */
  public long positives() {
    return domains.stream().mapToLong(Domain::positives).sum();
  }

  /** One domain's rows. */
  public record Domain(
      String domain, long rows, long positives, double auc, double logLoss, double pcoc) {}

  /**
   * Means of {@link ThresholdAuc} over the domains that have rows; a domain with one class counts
   * as 0, as in the published code.
   */
  public record Compat(double wauc, double meanAuc) {}
}
