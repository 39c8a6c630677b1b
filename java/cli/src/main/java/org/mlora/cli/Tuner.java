package org.mlora.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.mlora.data.Dataset;
import org.mlora.data.store.FolderTree;
import org.mlora.error.DivergedException;
import org.mlora.metric.Metric;
import org.mlora.model.ModelSpec;
import org.mlora.train.Candidate;
import org.mlora.train.RunConfig;
import org.mlora.train.SearchSpace;
import org.mlora.train.SuccessiveHalving;
import org.mlora.train.TrainingConfig;

/** Searches settings by what validation rows say; test rows are never read. */
final class Tuner {
  private final Experiment experiment;
  private final Dataset data;
  private final int candidates;
  private final long seed;

  /**
   * Prepares searches.
   *
   * @param candidates of a search, at least 1
   * @param seed of the draw, and the first seed of the trainings
   */
  Tuner(Experiment experiment, Dataset data, int candidates, long seed) {
    this.experiment = experiment;
    this.data = data;
    this.candidates = candidates;
    this.seed = seed;
  }

  /**
   * Searches, or goes on with the search in the folder; a training that was recorded is not
   * repeated.
   *
   * @param label what is searched, for progress
   * @param config its seed is replaced by those of the trainings
   * @return empty where it was asked to stop before
   */
  Optional<Tuning> run(String label, ModelSpec spec, TrainingConfig config, Path folder) {
    TrainingConfig first = config.withSeed(seed);
    experiment.check(spec, first);
    List<Candidate> drawn = SearchSpace.draw(spec, first, candidates, seed);
    boolean lower = first.earlyStop().better() == Metric.Better.LOWER;
    Tuning tuning = Tuning.in(folder, new RunConfig(spec, first, data.checksum()), drawn, lower);
    int total = tuning.halving().trainings();
    while (true) {
      Optional<SuccessiveHalving.Trial> next = tuning.halving().next(tuning.results());
      if (next.isEmpty()) {
        requireAny(tuning);
        return Optional.of(tuning);
      }
      SuccessiveHalving.Trial trial = next.get();
      Candidate candidate = drawn.get(trial.candidate());
      Path run = folder.resolve("candidate-" + trial.candidate() + "-seed-" + trial.seed());
      String name =
          "%s, candidate %d, seed %d (%d/%d)"
              .formatted(
                  label,
                  trial.candidate(),
                  seed + trial.seed(),
                  tuning.results().size() + 1,
                  total);
      OptionalDouble value =
          validated(
              new Experiment.Plan(
                  name,
                  candidate.on(spec),
                  candidate.on(config).withSeed(seed + trial.seed()),
                  Optional.of(run),
                  true));
      if (value.isEmpty()) {
        return Optional.empty();
      }
      tuning.add(trial, value.getAsDouble());
      FolderTree.delete(run);
    }
  }

  /** What validation rows say; NaN where the training diverged, which ends no search. */
  private OptionalDouble validated(Experiment.Plan plan) {
    try {
      return experiment.validate(plan);
    } catch (DivergedException e) {
      experiment.tell(plan.name() + " counts as worst: " + e.getMessage());
      return OptionalDouble.of(Double.NaN);
    }
  }

  private static void requireAny(Tuning tuning) {
    boolean any = tuning.results().values().stream().anyMatch(value -> !Double.isNaN(value));
    if (!any && !tuning.results().isEmpty()) {
      throw new DivergedException("the loss of every candidate became NaN or infinite; lower --lr");
    }
  }
}
