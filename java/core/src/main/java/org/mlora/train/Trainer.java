package org.mlora.train;

import java.nio.file.Path;
import java.util.List;
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
import org.mlora.network.Role;
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
    Plan plan = plan(material);
    return train(plan, material, new MemoryKeeper(Trainer::moves), Optional.empty());
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
    Plan plan = plan(material);
    try (RunFolder run = RunFolder.create(folder)) {
      run.writeConfig(new RunConfig(plan.spec, config, material.checksum()).toJson());
      return train(
          plan, material, new FolderKeeper(run, plan.spec, config, material), Optional.empty());
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
    Plan plan = plan(material);
    started.requireSame(new RunConfig(plan.spec, config, material.checksum()), folder);
    try (RunFolder run = RunFolder.resume(folder)) {
      Optional<Checkpoint> last = run.last();
      run.keepMetrics(last.map(Trainer::state).map(TrainingState::epochs).orElse(0));
      return train(plan, material, new FolderKeeper(run, plan.spec, config, material), last);
    }
  }

  /** What is trained, with all that the data set decides. */
  private record Plan(ModelSpec spec, Network network, List<Stage> stages) {}

  private Plan plan(Material material) {
    ModelSpec settled = spec.settled(material.schema(), material::trainRows);
    Network network = Models.build(settled, material.schema());
    return new Plan(settled, network, Stage.of(config.phases(), network));
  }

  private static boolean moves(Parameter parameter) {
    return parameter.trained() || parameter.role() == Role.STATISTICS;
  }

  private static TrainingState state(Checkpoint checkpoint) {
    return TrainingState.fromJson(
        checkpoint.model().training().path("state"),
        checkpoint.folder().resolve(ModelFile.NAME) + ": training.state");
  }

  private TrainingResult train(
      Plan plan, Material material, Keeper keeper, Optional<Checkpoint> last) {
    Engine engine = backend.compile(plan.network);
    try {
      TrainingState state = last.map(Trainer::state).orElseGet(TrainingState::start);
      if (last.isPresent()) {
        engine.optimize(Rules.of(plan.network, plan.stages.get(state.phase()), config));
        last.get().readWeights(engine);
        last.get().readMoments(engine);
        engine.setStep(state.engineStep());
      } else {
        Initialization.fill(engine, config.seed(), material.pretrained());
      }
      TrainingLoop loop =
          new TrainingLoop(engine, material, config, plan.stages, keeper, listener, () -> stop);
      TrainingState end = loop.run(state);
      if (!loop.stopped()) {
        EmbeddingCheck.warning(engine).ifPresent(listener::warned);
      }
      ModelFile file =
          new ModelFile(
              plan.spec,
              material.schema(),
              material.checksum(),
              FolderKeeper.training(config, end));
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
