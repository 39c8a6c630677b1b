package org.mlora.train;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.mlora.model.ModelSpec;
import org.mlora.random.RandomStream;

/** The values that a search draws candidates from, each value as likely as the next. */
final class SearchSpace {
  private static final List<Integer> ALPHAS = List.of(2, 4, 8, 16, 32, 64, 128);
  private static final List<Double> ADAPTER_L2 = List.of(0.0, 1e-6, 1e-5, 5e-5, 2e-4, 1e-3);
  private static final List<Double> RATE_SCALES = List.of(0.1, 0.3, 1.0, 3.0);
  private static final List<Double> LEARNING_RATES = List.of(1e-4, 3e-4, 1e-3, 3e-3);
  private static final List<Double> EMBEDDING_L2 = List.of(0.0, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3);
  private static final List<Double> DROPOUTS = List.of(0.0, 0.1, 0.2, 0.3, 0.5, 0.7);

  /** Draws in vain before a space counts as used up. */
  private static final int MOST_REPEATS = 1000;

  private SearchSpace() {}

  /**
   * Draws candidates, all different. The first is the settings as they are, so that a search never
   * ends with something that validation finds worse.
   *
   * @param count at least 1; fewer are given where there are not so many
   */
  static List<Candidate> draw(ModelSpec spec, TrainingConfig config, int count, long seed) {
    Set<Candidate> drawn = new LinkedHashSet<>();
    Candidate given = Candidate.of(spec, config);
    drawn.add(given);
    boolean adapted = spec.adapter().factors().isPresent();
    RandomStream random = new RandomStream(seed, "search");
    long number = 0;
    for (int repeats = 0; drawn.size() < count && repeats < MOST_REPEATS; ) {
      double rate = choose(LEARNING_RATES, random, number + 3);
      Candidate.Adapter adapter =
          adapted
              ? new Candidate.Adapter(
                  given.adapter().alpha() == 0 ? 0 : choose(ALPHAS, random, number),
                  choose(ADAPTER_L2, random, number + 1),
                  scale(choose(RATE_SCALES, random, number + 2), rate))
              : given.adapter();
      Candidate next =
          new Candidate(
              adapter,
              rate,
              choose(EMBEDDING_L2, random, number + 4),
              choose(DROPOUTS, random, number + 5));
      number += 6;
      repeats = drawn.add(next) ? 0 : repeats + 1;
    }
    return new ArrayList<>(drawn);
  }

  /** The scale that adapters have when their rate is given as the decimal number that is meant. */
  private static double scale(double scale, double rate) {
    return Candidate.rounded(scale * rate) / rate;
  }

  private static <T> T choose(List<T> values, RandomStream random, long number) {
    return values.get((int) (random.uniform(number) * values.size()));
  }
}
