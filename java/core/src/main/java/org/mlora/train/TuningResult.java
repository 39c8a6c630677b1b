package org.mlora.train;

import java.util.List;
import org.mlora.model.ModelSpec;

/**
 * What a search of settings found.
 *
 * @param stopped whether it was stopped before its end; the same search goes on in its folder
 * @param ranked all candidates: the best, then those that were trained with more seeds first, of
 *     equals the better one
 */
public record TuningResult(boolean stopped, List<Ranked> ranked) {
  /** The list is copied. */
  public TuningResult {
    ranked = List.copyOf(ranked);
  }

  /**
   * A candidate and what its trainings gave.
   *
   * @param spec the model that was searched for, with the candidate's values
   * @param config the training likewise; its seed is the first of the search
   * @param validations the best result of each training on validation rows, by {@link
   *     TrainingConfig#earlyStop}, seed after seed; NaN where it diverged, and none where the
   *     search did not come to it
   */
  public record Ranked(
      Candidate candidate, ModelSpec spec, TrainingConfig config, List<Double> validations) {
    /** The list is copied. */
    public Ranked {
      validations = List.copyOf(validations);
    }

    /** The mean of {@link #validations}; NaN where there are none, or one of them diverged. */
    public double validation() {
      return validations.stream().mapToDouble(value -> value).average().orElse(Double.NaN);
    }
  }

  /**
   * The best candidate, by those of its trainings that the search compares it in; where nothing was
   * trained, as with a single candidate, the settings that the search was given.
   */
  public Ranked best() {
    return ranked.get(0);
  }
}
