package org.mlora.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.checkpoint.ModelFile;
import org.mlora.checkpoint.RunFolder;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.serve.MloraModel;
import org.mlora.serve.Scoring;

/**
 * A training with all that decides it.
 *
 * @param known calibration of the model that it starts from
 * @param start fills an engine with what the training starts from and gives the state there
 */
record Training(
    ModelSpec spec,
    Network network,
    List<Stage> stages,
    Material material,
    TrainingConfig config,
    Optional<PlattScaling> known,
    Function<Engine, TrainingState> start,
    Surroundings surroundings) {

  /** What runs it, hears of it and stops it. */
  record Surroundings(Backend backend, TrainingListener listener, StopRequest stop) {}

  /**
   * Returns where it can be begun.
   *
   * @throws InvalidInputException where a phase is to train without adapters, and adapters add
   *     something from their start
   */
  void requireBeginnable() {
    boolean without =
        stages.stream().anyMatch(s -> s.phase() == Phase.CONTROL || s.phase() == Phase.PRETRAIN);
    if (without && Stage.adapted(network)) {
      requireIdle("adapter_b", spec.initializers().adapterB());
      requireIdle("adapter_c", spec.initializers().adapterC());
    }
  }

  private void requireIdle(String part, Initializer start) {
    boolean zero = start instanceof Initializer.Zeros || start.equals(new Initializer.Constant(0));
    if (!zero) {
      throw new InvalidInputException(
          "phases "
              + config.phases().label()
              + " begin without adapters, and the initializer of "
              + part
              + " is not zeros; leave it at zeros, or take phases "
              + Phases.JOINT.label());
    }
  }

  /** Runs it in memory. */
  TrainingResult inMemory() {
    requireBeginnable();
    return run(new MemoryKeeper(Training::moves, epoch -> {}), Optional.empty());
  }

  private static boolean moves(Parameter parameter) {
    return parameter.trained() || parameter.role() == Role.STATISTICS;
  }

  /** Runs it in a new run folder, which keeps {@code started}. */
  TrainingResult in(Path folder, RunConfig started) {
    requireBeginnable();
    try (RunFolder run = RunFolder.create(folder)) {
      run.writeConfig(started.toJson());
      return run(new FolderKeeper(run, spec, config, material), Optional.empty());
    }
  }

  /** Goes on in a run folder, or starts it where no run is. */
  TrainingResult inOrResume(Path folder, RunConfig config) {
    return RunFolder.isStarted(folder) ? resume(folder, config) : in(folder, config);
  }

  /**
   * Goes on in a run folder that was started with {@code same}, or cut off before it could say so.
   */
  TrainingResult resume(Path folder, RunConfig same) {
    if (RunFolder.isCutOff(folder)) {
      return in(folder, same);
    }
    RunConfig.read(folder).requireSame(same, folder);
    try (RunFolder run = RunFolder.resume(folder)) {
      Optional<Checkpoint> last = run.last();
      Stream.of(last, run.best()).flatMap(Optional::stream).forEach(this::requireOwn);
      Optional<TrainingState> state = last.map(this::state);
      state.ifPresent(known -> requireBest(known, run));
      run.keepMetrics(state.map(TrainingState::epochs).orElse(0));
      return run(new FolderKeeper(run, spec, config, material), last);
    }
  }

  /** What the run keeps says itself what it was made with. */
  private void requireOwn(Checkpoint kept) {
    ModelFile file = kept.model();
    RunConfig its = new RunConfig(file.spec(), FurtherTraining.configOf(kept), file.dataset());
    its.difference(new RunConfig(spec, config, material.checksum()))
        .ifPresent(
            difference -> {
              throw new InvalidInputException(
                  kept.folder()
                      + " "
                      + difference
                      + ", as the run's config.json says; put back the files that the run wrote, or"
                      + " train anew in another folder");
            });
  }

  /** The state has its own weights, not those that were better. */
  private static void requireBest(TrainingState state, RunFolder run) {
    if (state.best().isPresent() && run.best().isEmpty()) {
      throw new InvalidInputException(
          run.bestFolder()
              + " is missing, the best model so far (epoch "
              + state.bestEpoch()
              + "); put it back, or train anew in another folder");
    }
  }

  private TrainingState state(Checkpoint checkpoint) {
    String where = checkpoint.folder().resolve(ModelFile.NAME) + ": training.state";
    return TrainingState.fromJson(checkpoint.model().training().path("state"), where)
        .requireOf(stages.size(), material.train().rows(), config, where);
  }

  private TrainingResult run(Keeper keeper, Optional<Checkpoint> last) {
    Engine engine = surroundings.backend().compile(network);
    try {
      TrainingState state = last.isPresent() ? takeUp(engine, last.get()) : begin(engine, keeper);
      TrainingLoop loop =
          new TrainingLoop(
              engine,
              material,
              config,
              stages,
              keeper,
              surroundings.listener(),
              surroundings.stop());
      TrainingState end = loop.run(state);
      ModelFile file =
          new ModelFile(
              spec, material.schema(), material.checksum(), FolderKeeper.training(config, end));
      if (!loop.stopped()) {
        EmbeddingCheck.warning(engine).ifPresent(surroundings.listener()::warned);
        file =
            file.withCalibration(
                Scoring.calibration(engine, config.calibration(), material.validation(), known));
        keeper.keepCalibration(engine, file.calibration());
      }
      return new TrainingResult(
          new MloraModel(file, material.vocabularies(), engine), loop.stopped(), end);
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }

  private TrainingState takeUp(Engine engine, Checkpoint last) {
    TrainingState state = state(last);
    engine.optimize(Rules.of(network, stages.get(state.phase()), config, state.engineStep()));
    last.readWeights(engine);
    last.readMoments(engine, config.optimizer());
    engine.setStep(state.engineStep());
    return state;
  }

  private TrainingState begin(Engine engine, Keeper keeper) {
    TrainingState state = start.apply(engine);
    if (state.best().isPresent()) {
      keeper.keepBest(engine, state);
    }
    return state;
  }
}
