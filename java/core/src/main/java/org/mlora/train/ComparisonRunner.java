package org.mlora.train;

import java.util.ArrayList;
import java.util.List;
import org.mlora.backend.Backend;
import org.mlora.data.Dataset;
import org.mlora.metric.Comparison;
import org.mlora.model.ModelSpec;

/**
 * Trains several settings with the same seeds on one data set and evaluates them on its test rows,
 * or on validation rows where it has no others.
 */
public final class ComparisonRunner {
  private final Backend backend;
  private final Observer observer;
  private volatile Runnable stopRunning = () -> {};
  private volatile boolean stop;

  /** A setting; the configuration's seed is replaced by those compared. */
  public record Setting(String name, ModelSpec spec, TrainingConfig config) {}

  /** Hears how a comparison goes on. */
  public interface Observer {
    /** Before a training; gives who listens to it. */
    default TrainingListener started(Setting setting, long seed) {
      return new TrainingListener() {};
    }

    /** After a training and its test; the result is closed afterwards. */
    default void ended(Setting setting, TrainingResult result, Comparison.Run run) {}
  }

  /** The caller closes the backend. */
  public ComparisonRunner(Backend backend, Observer observer) {
    this.backend = backend;
    this.observer = observer;
  }

  /** Asks it to stop soon; {@link #run} then gives the trainings that ended. */
  public void stop() {
    stop = true;
    stopRunning.run();
  }

  /** Trains every setting with every seed, seed after seed. */
  public Comparison run(Dataset data, List<Setting> settings, List<Long> seeds) {
    List<Comparison.Run> runs = new ArrayList<>();
    for (long seed : seeds) {
      for (Setting setting : settings) {
        Trainer trainer =
            new Trainer(
                setting.spec(),
                setting.config().withSeed(seed),
                backend,
                observer.started(setting, seed));
        stopRunning = trainer::stop;
        if (stop) {
          return new Comparison(runs);
        }
        try (TrainingResult result = trainer.train(data)) {
          if (result.stopped()) {
            return new Comparison(runs);
          }
          Comparison.Run run =
              new Comparison.Run(
                  setting.name(),
                  seed,
                  result.history().size(),
                  result.seconds(),
                  result.samplesPerSecond(),
                  result.validation(),
                  result.model().evaluate(data, data.judging()));
          runs.add(run);
          observer.ended(setting, result, run);
        }
      }
    }
    return new Comparison(runs);
  }
}
