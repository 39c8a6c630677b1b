package org.mlora.train;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.mlora.backend.Backend;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Comparison;
import org.mlora.model.ModelSpec;

/**
 * Trains several settings with the same seeds on one data set and evaluates them on its test rows,
 * or on validation rows where it has no others.
 */
public final class ComparisonRunner {
  private final Backend backend;
  private final Observer observer;
  private final StopRequest stop = new StopRequest();

  /**
   * A setting. With {@link Phases#CONTROL_JOINT} a model with adapters may come out of its training
   * as the one without them, so that nothing of the adapters is seen; see {@link
   * #withAndWithoutAdapters}.
   *
   * @param name which results are given under
   * @param config its seed is replaced by those compared
   */
  public record Setting(String name, ModelSpec spec, TrainingConfig config) {
    /**
     * What {@code mlora compare} trains without {@code --phases}: the model without its adapters,
     * {@code none}, and with them, whatever validation says of them, by the name of their kind.
     *
     * @throws InvalidInputException when the model has no adapters
     */
    public static List<Setting> withAndWithoutAdapters(ModelSpec spec, TrainingConfig config) {
      ModelSpec control = spec.withoutAdapters();
      if (spec.equals(control)) {
        throw new InvalidInputException(
            "the model has no adapters that it could be compared without; give it some");
      }
      return List.of(
          new Setting(control.adapter().kind(), control, config.withPhases(Phases.JOINT)),
          new Setting(
              spec.adapter().kind(), spec, config.withPhases(config.phases().withoutControl())));
    }
  }

  /** Hears how a comparison goes on. */
  public interface Observer {
    /** Before a training; gives who listens to it. */
    default TrainingListener started(Setting setting, long seed) {
      return new TrainingListener() {};
    }

    /** After a training and its test; the result is closed afterwards. */
    default void ended(Setting setting, TrainingResult result, Comparison.Run run) {}
  }

  /** One that nobody listens to. The caller closes the backend. */
  public ComparisonRunner(Backend backend) {
    this(backend, new Observer() {});
  }

  /** The caller closes the backend. */
  public ComparisonRunner(Backend backend, Observer observer) {
    this.backend = backend;
    this.observer = observer;
  }

  /**
   * Asks it to stop after the step in progress; {@link #run} then gives the trainings that ended.
   */
  public void stop() {
    stop.make();
  }

  /** Asks it to stop, and waits until it has, as {@link Trainer#stopAndWait}. */
  public boolean stopAndWait(Duration most) {
    return stop.makeAndWait(most);
  }

  /**
   * Trains every setting with every seed, seed after seed.
   *
   * @throws InvalidInputException when two settings have the same name, or a seed is given twice;
   *     before the first training, when the data cannot be trained on with one of them
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted
   */
  public Comparison run(Dataset data, List<Setting> settings, List<Long> seeds) {
    return stop.during(() -> compare(data, settings, seeds));
  }

  private Comparison compare(Dataset data, List<Setting> settings, List<Long> seeds) {
    requireOnce("setting", settings.stream().map(Setting::name).toList());
    requireOnce("seed", seeds);
    for (Setting setting : settings) {
      new Trainer(setting.spec(), setting.config(), backend).check(data);
    }
    List<Comparison.Run> runs = new ArrayList<>();
    for (long seed : seeds) {
      for (Setting setting : settings) {
        if (stop.isMade()) {
          return new Comparison(runs);
        }
        Trainer trainer =
            new Trainer(
                setting.spec(),
                setting.config().withSeed(seed),
                backend,
                observer.started(setting, seed),
                stop);
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

  private static void requireOnce(String what, List<?> given) {
    Set<Object> seen = new HashSet<>();
    for (Object one : given) {
      if (!seen.add(one)) {
        throw new InvalidInputException(
            what + " '" + one + "' is compared twice; give each of them once");
      }
    }
  }
}
