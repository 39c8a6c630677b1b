package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.mlora.train.SuccessiveHalving.Trial;

class SuccessiveHalvingTest {
  /** Runs a search to its end, in order. */
  private static Map<Trial, Double> search(
      SuccessiveHalving halving, ToDoubleFunction<Trial> results) {
    Map<Trial, Double> done = new LinkedHashMap<>();
    for (Optional<Trial> next = halving.next(done); next.isPresent(); next = halving.next(done)) {
      assertThat(done).doesNotContainKey(next.get());
      done.put(next.get(), results.applyAsDouble(next.get()));
    }
    return done;
  }

  private static long seeds(Map<Trial, Double> done, int candidate) {
    return done.keySet().stream().filter(trial -> trial.candidate() == candidate).count();
  }

  @Test
  void theBetterHalfIsTrainedTwiceAsOften() {
    SuccessiveHalving halving = new SuccessiveHalving(8, false);
    Map<Trial, Double> done = search(halving, trial -> trial.candidate());
    assertThat(halving.best(done)).isEqualTo(7);
    for (int candidate = 0; candidate < 8; candidate++) {
      assertThat(seeds(done, candidate)).isEqualTo(candidate < 4 ? 1 : candidate < 6 ? 2 : 4);
    }
    assertThat(done).hasSize(halving.trainings()).hasSize(4 + 2 * 2 + 2 * 4);
  }

  @Test
  void everyCountOfCandidatesEndsWithOneAfterTheTrainingsForetold() {
    for (int candidates = 1; candidates <= 40; candidates++) {
      SuccessiveHalving halving = new SuccessiveHalving(candidates, false);
      Map<Trial, Double> done = search(halving, trial -> -trial.candidate());
      assertThat(done).hasSize(halving.trainings());
      assertThat(halving.best(done)).isZero();
    }
  }

  @Test
  void aLuckyFirstSeedLosesToTheBetterMean() {
    Map<Trial, Double> values = new HashMap<>();
    List<List<Double>> bySeed = List.of(List.of(0.9, 0.1), List.of(0.8, 0.8), List.of(0.1, 0.1));
    bySeed.forEach(
        row -> {
          int candidate = bySeed.indexOf(row);
          values.put(new Trial(candidate, 0), row.get(0));
          values.put(new Trial(candidate, 1), row.get(1));
        });
    SuccessiveHalving halving = new SuccessiveHalving(3, false);
    Map<Trial, Double> done = search(halving, trial -> values.getOrDefault(trial, 0.0));
    assertThat(halving.best(done)).isEqualTo(1);
    assertThat(seeds(done, 2)).isEqualTo(1);
  }

  @Test
  void badLaterSeedsDoNotBringBackWhatWasLeftBehind() {
    SuccessiveHalving halving = new SuccessiveHalving(4, false);
    Map<Trial, Double> done =
        search(halving, trial -> trial.seed() == 0 ? 1 - 0.1 * trial.candidate() : -1);
    assertThat(done).hasSize(halving.trainings());
    assertThat(seeds(done, 2)).isEqualTo(1);
    assertThat(seeds(done, 3)).isEqualTo(1);
    assertThat(halving.best(done)).isZero();
  }

  @Test
  void lowerIsBetterOfALoss() {
    SuccessiveHalving halving = new SuccessiveHalving(5, true);
    assertThat(halving.best(search(halving, trial -> trial.candidate()))).isZero();
  }

  @Test
  void whatIsUndefinedIsWorst() {
    SuccessiveHalving halving = new SuccessiveHalving(4, false);
    Map<Trial, Double> done = search(halving, trial -> trial.candidate() == 3 ? 0.5 : Double.NaN);
    assertThat(halving.best(done)).isEqualTo(3);
  }

  @Test
  void whatComesNextFollowsFromTheResultsAlone() {
    SuccessiveHalving halving = new SuccessiveHalving(9, false);
    ToDoubleFunction<Trial> noisy = trial -> Math.sin(7 * trial.candidate() + 3 * trial.seed());
    Map<Trial, Double> whole = search(halving, noisy);
    Map<Trial, Double> part = new HashMap<>();
    for (Map.Entry<Trial, Double> entry : whole.entrySet()) {
      // A fresh map of another order, as after a restart.
      assertThat(halving.next(new HashMap<>(part))).contains(entry.getKey());
      part.put(entry.getKey(), entry.getValue());
    }
    assertThat(halving.next(part)).isEmpty();
  }
}
