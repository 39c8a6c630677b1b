package org.mlora.train;

import java.nio.file.Path;
import java.util.Optional;
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
  private volatile boolean stop;

  /** A trainer that reports to nobody. The caller closes the backend. */
  public Trainer(ModelSpec spec, TrainingConfig config, Backend backend) {
    this(spec, config, backend, new TrainingListener() {});
  }

  /** A trainer that reports to a listener. The caller closes the backend. */
  public Trainer(
      ModelSpec spec, TrainingConfig config, Backend backend, TrainingListener listener) {
    this.spec = spec;
    this.config = config;
    this.backend = backend;
    this.listener = listener;
  }

  /**
   * Asks the training to stop after the step in progress; may be called by any thread. It then
   * gives the last weights, not calibrated: those that a resumed training goes on from, which may
   * be worse than the best so far. Who wants the best trains in a run folder and opens that with
   * {@link org.mlora.serve.MloraModel#open}; in memory they are gone. What was asked to stop stays
   * stopped: another trainer resumes.
   */
  public void stop() {
    stop = true;
  }

  /**
   * Returns where the data can be trained on with these settings, as far as that can be told
   * before.
   *
   * @throws InvalidInputException naming what cannot be
   */
  public void check(Dataset data) {
    training(Material.of(data));
  }

  /**
   * Trains in memory.
   *
   * @throws InvalidInputException when the data cannot be trained on
   * @throws org.mlora.error.DivergedException when the loss becomes NaN or infinite
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted at a file
   */
  public TrainingResult train(Dataset data) {
    return training(Material.of(data)).inMemory();
  }

  /**
   * Trains in a new run folder: the best model goes to {@code best}, the state to resume from to
   * {@code last}.
   *
   * @throws InvalidInputException when the data cannot be trained on, or the folder holds something
   *     or cannot be written
   * @throws org.mlora.error.DivergedException when the loss becomes NaN or infinite
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted at a file;
   *     {@link #resume} goes on
   */
  public TrainingResult train(Dataset data, Path folder) {
    Training training = training(Material.of(data));
    return training.in(folder, config(training, data));
  }

  /**
   * Goes on with a run that was stopped or killed; a finished run is opened.
   *
   * @throws InvalidInputException when there is no run, or it was started otherwise
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted at a file
   */
  public TrainingResult resume(Dataset data, Path folder) {
    Training training = training(Material.of(data));
    return training.resume(folder, config(training, data));
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
        new Training.Surroundings(backend, listener, () -> stop));
  }

  private RunConfig config(Training training, Dataset data) {
    return new RunConfig(training.spec(), config, data.checksum());
  }
}
