package org.mlora.train;

import java.nio.file.Path;
import java.util.Optional;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.checkpoint.ModelFile;
import org.mlora.checkpoint.RunFolder;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Initialization;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.serve.MloraModel;

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

  /** Asks the training to stop after the step in progress; may be called by any thread. */
  public void stop() {
    stop = true;
  }

  /**
   * Trains in memory.
   *
   * @throws InvalidInputException when the data cannot be trained on
   * @throws org.mlora.error.DivergedException when the loss becomes NaN or infinite
   */
  public TrainingResult train(Dataset data) {
    Material material = Material.of(data);
    return train(
        material, network(material), new MemoryKeeper(Parameter::trained), Optional.empty());
  }

  /**
   * Trains in a new run folder: the best model goes to {@code best}, the state to resume from to
   * {@code last}.
   *
   * @throws InvalidInputException when the data cannot be trained on, or the folder holds something
   *     or cannot be written
   * @throws org.mlora.error.DivergedException when the loss becomes NaN or infinite
   */
  public TrainingResult train(Dataset data, Path folder) {
    Material material = Material.of(data);
    Network network = network(material);
    try (RunFolder run = RunFolder.create(folder)) {
      run.writeConfig(new RunConfig(spec, config, material.checksum()).toJson());
      return train(
          material, network, new FolderKeeper(run, spec, config, material), Optional.empty());
    }
  }

  /**
   * Goes on with a run that was stopped or killed; a finished run is opened.
   *
   * @throws InvalidInputException when there is no run, or it was started otherwise
   */
  public TrainingResult resume(Dataset data, Path folder) {
    RunConfig started = RunConfig.read(folder);
    Material material = Material.of(data);
    started.requireSame(new RunConfig(spec, config, material.checksum()), folder);
    Network network = network(material);
    try (RunFolder run = RunFolder.resume(folder)) {
      Optional<Checkpoint> last = run.last();
      run.keepMetrics(last.map(Trainer::state).map(TrainingState::epochs).orElse(0));
      return train(material, network, new FolderKeeper(run, spec, config, material), last);
    }
  }

  private Network network(Material material) {
    return Models.build(spec, material.schema());
  }

  private static TrainingState state(Checkpoint checkpoint) {
    return TrainingState.fromJson(
        checkpoint.model().training().path("state"),
        checkpoint.folder().resolve(ModelFile.NAME) + ": training.state");
  }

  private TrainingResult train(
      Material material, Network network, Keeper keeper, Optional<Checkpoint> last) {
    Engine engine = backend.compile(network);
    try {
      TrainingState state = last.map(Trainer::state).orElseGet(TrainingState::start);
      if (last.isPresent()) {
        Phase phase = config.phases().phases().get(state.phase());
        engine.optimize(Rules.of(network, phase, config));
        last.get().readWeights(engine);
        last.get().readMoments(engine);
        engine.setStep(state.engineStep());
      } else {
        Initialization.fill(engine, config.seed(), material.pretrained());
      }
      TrainingLoop loop =
          new TrainingLoop(
              engine, material, config, config.phases().phases(), keeper, listener, () -> stop);
      TrainingState end = loop.run(state);
      ModelFile file =
          new ModelFile(
              spec, material.schema(), material.checksum(), FolderKeeper.training(config, end));
      return new TrainingResult(
          new MloraModel(file, material.vocabularies(), engine),
          loop.stopped(),
          end,
          material.train().rows());
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
  }
}
