package org.mlora.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Successive halving (Karnin et al., ICML 2013; Jamieson and Talwalkar, AISTATS 2016) whose
 * resource is seeds: every candidate is trained once, the better half of them twice, the better
 * half of those four times, until one is left. What comes next follows from the results alone, so
 * that a search can be stopped anywhere.
 *
 * @param candidates how many there are, at least 1
 * @param lowerIsBetter of the results
 */
record SuccessiveHalving(int candidates, boolean lowerIsBetter) {
  /** Beyond this a doubling costs more than it tells. */
  private static final int MOST_SEEDS = 8;

  /**
   * One training.
   *
   * @param candidate from 0
   * @param seed from 0
   */
  record Trial(int candidate, int seed) {}

  /** Those left and with how many seeds each is to be judged. */
  private record Round(List<Integer> alive, int seeds) {}

  /** The next training that the results so far ask for; empty where one candidate is left. */
  Optional<Trial> next(Map<Trial, Double> results) {
    Round round = round(results);
    return round.alive.size() == 1 ? Optional.empty() : missing(round, results);
  }

  /** The best candidate by the results so far: of those left, the one with the best mean. */
  int best(Map<Trial, Double> results) {
    return ranked(round(results), results).get(0);
  }

  /** The number of trainings of a whole search. */
  int trainings() {
    int sum = 0;
    int done = 0;
    int seeds = 1;
    for (int alive = candidates; alive > 1; alive = (alive + 1) / 2) {
      sum += alive * (seeds - done);
      done = seeds;
      seeds = Math.min(2 * seeds, MOST_SEEDS);
    }
    return sum;
  }

  /** The first round that is not complete, or the one with a single candidate. */
  private Round round(Map<Trial, Double> results) {
    Round round = new Round(IntStream.range(0, candidates).boxed().toList(), 1);
    while (round.alive.size() > 1 && missing(round, results).isEmpty()) {
      List<Integer> better = ranked(round, results).subList(0, (round.alive.size() + 1) / 2);
      round = new Round(better.stream().sorted().toList(), Math.min(2 * round.seeds, MOST_SEEDS));
    }
    return round;
  }

  private static Optional<Trial> missing(Round round, Map<Trial, Double> results) {
    for (int seed = 0; seed < round.seeds; seed++) {
      for (int candidate : round.alive) {
        Trial trial = new Trial(candidate, seed);
        if (!results.containsKey(trial)) {
          return Optional.of(trial);
        }
      }
    }
    return Optional.empty();
  }

  /** The best first; of equals the one that was drawn first. */
  private List<Integer> ranked(Round round, Map<Trial, Double> results) {
    List<Integer> ranked = new ArrayList<>(round.alive);
    // By this round's seeds alone: later results must not reopen a round.
    ranked.sort(
        Comparator.comparingDouble(candidate -> cost(mean(candidate, round.seeds, results))));
    return ranked;
  }

  /** All candidates: the best, then those trained with more seeds first, the better of equals. */
  List<Integer> ranked(Map<Trial, Double> results) {
    int best = best(results);
    return IntStream.range(0, candidates)
        .boxed()
        .sorted(
            Comparator.comparing((Integer candidate) -> candidate != best)
                .thenComparing(candidate -> -of(candidate, results).size())
                .thenComparing(candidate -> cost(mean(candidate, MOST_SEEDS, results))))
        .toList();
  }

  /** The results of a candidate, by its seeds in order. */
  static List<Double> of(int candidate, Map<Trial, Double> results) {
    return of(candidate, MOST_SEEDS, results).boxed().toList();
  }

  private static DoubleStream of(int candidate, int seeds, Map<Trial, Double> results) {
    return IntStream.range(0, seeds)
        .mapToObj(seed -> new Trial(candidate, seed))
        .filter(results::containsKey)
        .mapToDouble(trial -> results.getOrDefault(trial, Double.NaN));
  }

  private static double mean(int candidate, int seeds, Map<Trial, Double> results) {
    return of(candidate, seeds, results).average().orElse(Double.NaN);
  }

  /** The less the better a result is; infinite where it is undefined. */
  private double cost(double value) {
    return Double.isNaN(value) ? Double.POSITIVE_INFINITY : lowerIsBetter ? value : -value;
  }
}
