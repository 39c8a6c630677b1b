package org.mlora.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.mlora.backend.Backend;
import org.mlora.data.Dataset;
import org.mlora.data.store.FolderTree;
import org.mlora.data.store.StrictJson;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;

/**
 * Searches settings by what validation rows say; test rows are never read. It varies the learning
 * rates of network and adapters, alpha, L2 of adapters and embeddings, and dropout. Candidates are
 * drawn, all are trained once, the better half of them with a second seed, the better half of those
 * with four seeds, until one is left.
 *
 * <p>A search can be stopped, or killed, at any moment. It is gone on with in its folder, and then
 * ends with the same result as one that was not.
 */
public final class Tuner {
  /** File of a search's folder that says how it was begun and what its trainings gave. */
  public static final String RECORD = "tuning.json";

  private static final int MAX_MEBIBYTES = 64;

  private final ModelSpec spec;
  private final TrainingConfig config;
  private final Backend backend;
  private final Observer observer;
  private final StopRequest stop = new StopRequest();

  /**
   * A training of a search.
   *
   * @param candidate its number, from 0, which the settings have that the search was given
   * @param config with the seed of this training
   * @param number of the training among {@code total}, from 1
   * @param total trainings of the whole search
   */
  public record Run(int candidate, ModelSpec spec, TrainingConfig config, int number, int total) {}

  /** Hears how a search goes on; called on the thread that searches, which waits for it. */
  public interface Observer {
    /** Before a training; gives who listens to it. */
    default TrainingListener started(Run run) {
      return new TrainingListener() {};
    }

    /**
     * After a training was recorded.
     *
     * @param validation its best result on validation rows, by {@link TrainingConfig#earlyStop};
     *     NaN where it diverged
     */
    default void ended(Run run, double validation) {}

    /** Where a loss becomes NaN or infinite: the training counts as the worst, and has ended. */
    default void diverged(Run run, DivergedException why) {}
  }

  /** A search that nobody listens to. The caller closes the backend. */
  public Tuner(ModelSpec spec, TrainingConfig config, Backend backend) {
    this(spec, config, backend, new Observer() {});
  }

  /**
   * Prepares a search around settings, which are the first candidate. The caller closes the
   * backend.
   *
   * @param config its seed is that of the draw and the first of the trainings. With {@link
   *     Phases#CONTROL_JOINT} validation may keep the network without adapters, and nothing of a
   *     candidate's adapters is seen: {@link Phases#withoutControl} is what {@code mlora tune}
   *     searches with
   */
  public Tuner(ModelSpec spec, TrainingConfig config, Backend backend, Observer observer) {
    this.spec = spec;
    this.config = config;
    this.backend = backend;
    this.observer = observer;
  }

  /**
   * Asks the search to stop after the step in progress; may be called by any thread. {@link #run}
   * then gives what is known so far, and goes on in the same folder when another tuner runs there.
   */
  public void stop() {
    stop.make();
  }

  /** Asks it to stop, and waits until it has, as {@link Trainer#stopAndWait}. */
  public boolean stopAndWait(Duration most) {
    return stop.makeAndWait(most);
  }

  /**
   * Searches, or goes on with the search in the folder: a training that was recorded is not
   * repeated, and one that was cut off goes on.
   *
   * @param candidates how many are drawn, at least 1; fewer where there are not so many
   * @param folder of the record, {@link #RECORD}, and of the training in progress; new or empty
   *     where the search begins
   * @throws InvalidInputException when the data cannot be trained on; when the folder holds
   *     something else, or a search begun with other settings, data or candidates, or cannot be
   *     written
   * @throws DivergedException when the loss of every candidate becomes NaN or infinite
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted; the same
   *     search goes on
   */
  public TuningResult run(Dataset data, int candidates, Path folder) {
    if (candidates < 1) {
      throw new InvalidInputException(
          "a search of " + candidates + " candidates; it needs at least 1, the settings given");
    }
    return stop.during(() -> search(data, candidates, folder));
  }

  /**
   * Reads the record of the search in a folder: {@code begun}, its settings, data and candidates,
   * {@code results}, a {@code validation} of each {@code candidate} and {@code seed}, and the
   * number of the {@code best} candidate.
   *
   * @throws InvalidInputException when there is none, or it is no JSON
   */
  public static JsonNode readRecord(Path folder) {
    return StrictJson.read(folder.resolve(RECORD), MAX_MEBIBYTES, "record of a search");
  }

  private TuningResult search(Dataset data, int candidates, Path folder) {
    new Trainer(spec, config, backend).check(data);
    List<Candidate> drawn = SearchSpace.draw(spec, config, candidates, config.seed());
    RunConfig begun = new RunConfig(spec, config, data.checksum());
    TuningRecord record = TuningRecord.in(folder, begun, drawn);
    // One that was killed may have left the training that it had just recorded.
    record.trials().forEach(trial -> FolderTree.delete(place(folder, trial)));
    for (var next = record.next(); next.isPresent(); next = record.next()) {
      if (stop.isMade()) {
        return record.result(true);
      }
      SuccessiveHalving.Trial trial = next.get();
      Run run = run(trial, record);
      Path place = place(folder, trial);
      OptionalDouble value = validated(run, data, place);
      if (value.isEmpty()) {
        return record.result(true);
      }
      record.add(trial, value.getAsDouble());
      FolderTree.delete(place);
      observer.ended(run, value.getAsDouble());
    }
    record.requireAny();
    return record.result(false);
  }

  /** Where a search trains. */
  private static Path place(Path folder, SuccessiveHalving.Trial trial) {
    return folder.resolve("candidate-" + trial.candidate() + "-seed-" + trial.seed());
  }

  private Run run(SuccessiveHalving.Trial trial, TuningRecord record) {
    Candidate candidate = record.candidate(trial);
    return new Run(
        trial.candidate(),
        candidate.on(spec),
        candidate.on(config).withSeed(config.seed() + trial.seed()),
        record.trials().size() + 1,
        record.total());
  }

  /** What validation rows say, NaN where it diverged; empty where it was asked to stop. */
  private OptionalDouble validated(Run run, Dataset data, Path place) {
    Trainer trainer = new Trainer(run.spec(), run.config(), backend, observer.started(run), stop);
    try (TrainingResult result = trainer.trainOrResume(data, place)) {
      return result.stopped() ? OptionalDouble.empty() : OptionalDouble.of(result.validation());
    } catch (DivergedException e) {
      observer.diverged(run, e);
      return OptionalDouble.of(Double.NaN);
    }
  }
}
