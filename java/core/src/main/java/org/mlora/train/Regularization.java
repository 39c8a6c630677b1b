package org.mlora.train;

import org.mlora.error.InvalidInputException;

/**
 * How domains are regularized by each other (MAMDR, ICDE 2023, algorithm 2), see {@link
 * DomainRegularization}.
 *
 * @param helpers other domains, drawn anew for each domain and epoch, whose rows a domain's own
 *     parameters learn on before its own rows; 0: no regularization
 * @param rate the part of the way that they go; above 0 and at most 1, 0.1 in the paper's settings
 */
public record Regularization(int helpers, double rate) {
  /** None. */
  public static final Regularization NONE = new Regularization(0, 1);

  /**
   * Checks the values.
   *
   * @throws InvalidInputException when one is out of its range
   */
  public Regularization {
    if (helpers < 0) {
      throw new InvalidInputException(
          "the number of helping domains is " + helpers + "; it must be 0 or more");
    }
    if (!(rate > 0 && rate <= 1)) {
      throw new InvalidInputException(
          "the rate of domain regularization is " + rate + "; it must be above 0 and at most 1");
    }
  }
}
