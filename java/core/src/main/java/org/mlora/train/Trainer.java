package org.mlora.train;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import org.mlora.backend.Backend;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Initialization;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Network;

/**
 * Trains a model on a data set.
 *
 * <p>A training in a run folder can be stopped, or killed, at any moment, and resumed: it then ends
 * with the same bits as one that was not. The same seed, data and backend give the same bits.
 */
public final class Trainer {
  private final ModelSpec spec;
  private final TrainingConfig config;
  private final Backend backend;
  private final TrainingListener listener;
  private final StopRequest stop;

  /** A trainer that reports to nobody. The caller closes the backend. */
  public Trainer(ModelSpec spec, TrainingConfig config, Backend backend) {
    this(spec, config, backend, new TrainingListener() {});
  }

  /** A trainer that reports to a listener. The caller closes the backend. */
  public Trainer(
      ModelSpec spec, TrainingConfig config, Backend backend, TrainingListener listener) {
    this(spec, config, backend, listener, new StopRequest());
  }

  /** One that stops with others. */
  Trainer(
      ModelSpec spec,
      TrainingConfig config,
      Backend backend,
      TrainingListener listener,
      StopRequest stop) {
    this.spec = spec;
    this.config = config;
    this.backend = backend;
    this.listener = listener;
    this.stop = stop;
  }

  /**
   * Asks the training to stop after the step in progress; may be called by any thread. It then
   * gives the last weights, not calibrated: those that a resumed training goes on from, which may
   * be worse than the best so far, for which there is {@link #finish}. Where both are asked for, in
   * whatever order, it stops: what was stopped can be finished later. What was asked to stop stays
   * stopped: another trainer resumes.
   */
  public void stop() {
    stop.make();
  }

  /**
   * Asks the training to stop, and waits until it has stopped and saved: what a shutdown hook has
   * to do, as the process ends when its hooks return. To be called by another thread than the one
   * that trains. A training that begins later stops before its first step.
   *
   * @param most a step, saving and what {@link TrainingListener} does; longer than that it does not
   *     wait
   * @return whether no training of this trainer is running any more; false too where the thread
   *     that waits is interrupted
   */
  public boolean stopAndWait(Duration most) {
    return stop.makeAndWait(most);
  }

  /**
   * Asks the training to end with the best weights so far; may be called by any thread, and before
   * it begins or is resumed. {@link #train} then returns as at its usual end: the model is
   * calibrated, and a run is finished, which is opened and not gone on with when it is resumed. An
   * epoch in progress is given up after its step, one of {@link Regularization} too, and phases to
   * come are left out, with two exceptions: where no epoch has ended yet, the first one does, and
   * experts get an epoch of their gate. One that is asked to {@link #stop} as well stops, and what
   * it gave up before stays given up.
   */
  public void finish() {
    stop.end();
  }

  /**
   * Returns where the data can be trained on with these settings, as far as that can be told
   * before.
   *
   * @throws InvalidInputException naming what cannot be
   */
  public void check(Dataset data) {
    training(Material.of(data)).requireBeginnable();
  }

  /**
   * Trains in memory. A thread that is interrupted trains no further step.
   *
   * @throws InvalidInputException when the data cannot be trained on
   * @throws org.mlora.error.DivergedException when the loss becomes NaN or infinite
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted
   */
  public TrainingResult train(Dataset data) {
    return stop.during(() -> training(Material.of(data)).inMemory());
  }

  /**
   * Trains in a new run folder: the best model goes to {@code best}, the state to resume from to
   * {@code last}.
   *
   * @throws InvalidInputException when the data cannot be trained on, or the folder holds something
   *     or cannot be written
   * @throws org.mlora.error.DivergedException when the loss becomes NaN or infinite
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted; {@link
   *     #trainOrResume} goes on
   */
  public TrainingResult train(Dataset data, Path folder) {
    return run(data, (training, config) -> training.in(folder, config));
  }

  /**
   * Goes on with a run that was stopped or killed; a finished run is opened. One that was killed
   * before it could say what it is begins anew.
   *
   * @throws InvalidInputException when there is no run, or it was started otherwise
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted
   */
  public TrainingResult resume(Dataset data, Path folder) {
    return run(data, (training, config) -> training.resume(folder, config));
  }

  /**
   * Goes on with the run in a folder, as {@link #resume}, or starts it, as {@link #train(Dataset,
   * Path)}, where none is there: what a job that is started again after whatever ended it has to
   * call.
   *
   * @throws InvalidInputException as they do
   * @throws org.mlora.error.DivergedException when the loss becomes NaN or infinite
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted
   */
  public TrainingResult trainOrResume(Dataset data, Path folder) {
    return run(data, (training, config) -> training.inOrResume(folder, config));
  }

  private TrainingResult run(Dataset data, BiFunction<Training, RunConfig, TrainingResult> way) {
    return stop.during(
        () -> {
          Training training = training(Material.of(data));
          return way.apply(training, new RunConfig(training.spec(), config, data.checksum()));
        });
  }

  private Training training(Material material) {
    ModelSpec settled = spec.settled(material.schema(), material::trainRows);
    Network network = Models.build(settled, material.schema());
    return new Training(
        settled,
        network,
        Stage.of(config.phases(), network),
        material,
        config,
        Optional.empty(),
        engine -> {
          Initialization.fill(engine, config.seed(), material.pretrained());
          return TrainingState.start();
        },
        new Training.Surroundings(backend, listener, stop));
  }
}
