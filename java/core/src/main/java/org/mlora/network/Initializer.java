package org.mlora.network;

import java.util.List;

/**
 * Initial values of a parameter (spec §3, §6).
 *
 * <p>Fans of a matrix (in, out) are {@code in} and {@code out}; of a vector, its length, twice.
 * Fans of a tensor (domains, in, out) are {@code in} and {@code out}; with {@code fansTimesDomains}
 * both are multiplied by the number of domains, as Keras does (quirk Q12).
 */
public sealed interface Initializer {
  /** All values 0. */
  record Zeros() implements Initializer {}

  /** All values {@code value}. */
  record Constant(double value) implements Initializer {}

  /** Uniform on [-limit, limit). */
  record Uniform(double limit) implements Initializer {}

  /** Normal with mean 0. */
  record Normal(double standardDeviation) implements Initializer {}

  /** Normal with mean 0, redrawn outside two standard deviations. */
  record TruncatedNormal(double standardDeviation) implements Initializer {}

  /** Uniform on [-L, L), L = sqrt(6 / (fan in + fan out)). */
  record GlorotUniform(boolean fansTimesDomains) implements Initializer {}

  /** Truncated normal, sigma = sqrt(2 / (fan in + fan out)) / 0.87962566. */
  record GlorotNormal(boolean fansTimesDomains) implements Initializer {}

  /** Normal, sigma = sqrt(2 / (fan in + fan out)): PyTorch's xavier_normal_. */
  record XavierNormal(boolean fansTimesDomains) implements Initializer {}

  /**
   * As another says, but zero beyond the first numbers along an axis.
   *
   * @param counts how many are not zero, for each domain (the first axis)
   * @param axis from 1 on
   */
  record Leading(Initializer drawn, List<Integer> counts, int axis) implements Initializer {
    /** Copies the list. */
    public Leading {
      counts = List.copyOf(counts);
    }
  }

  /** Rows given by the data set (a pretrained embedding field); the name is the field's. */
  record Pretrained(String field) implements Initializer {}
}
