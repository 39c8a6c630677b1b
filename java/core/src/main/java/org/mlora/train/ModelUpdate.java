package org.mlora.train;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.calibration.CalibrationScope;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.data.Dataset;
import org.mlora.model.ModelSpec;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.serve.MloraModel;
import org.mlora.serve.Translation;

/**
 * Goes on training a model with new rows, such as those of the next day. All that the model has is
 * trained, and ids and domains that it does not know get rows of their own after the known ones.
 * What validation rows say about the model as it was has to be beaten: where no epoch does, the
 * weights stay, and only new rows are added.
 */
public final class ModelUpdate {
  private final TrainingConfig config;
  private final Backend backend;
  private final TrainingListener listener;
  private final StopRequest stop = new StopRequest();

  /** An update that reports to nobody. The caller closes the backend. */
  public ModelUpdate(TrainingConfig config, Backend backend) {
    this(config, backend, new TrainingListener() {});
  }

  /**
   * Prepares an update; phases of the configuration do not matter. The caller closes the backend.
   */
  public ModelUpdate(TrainingConfig config, Backend backend, TrainingListener listener) {
    this.config = config.withPhases(Phases.JOINT);
    this.backend = backend;
    this.listener = listener;
  }

  /**
   * The configuration that a model was trained with, but that Adam leaves rows of embeddings and
   * domains as they are in steps that do not touch them: new rows say nothing about ids and domains
   * that are not among them, and a penalty would draw those to zero. Other optimizers cannot tell
   * those rows, so that an update has no penalty on them then. It is calibrated as the model is.
   *
   * @throws org.mlora.error.InvalidInputException when there is no model, or a file is damaged
   */
  public static TrainingConfig defaults(Path model) {
    Checkpoint known = Checkpoint.open(model);
    TrainingConfig config =
        FurtherTraining.configOf(known)
            .withCalibration(
                known.model().calibration().map(PlattScaling::scope).orElse(CalibrationScope.NONE));
    return config.optimizer() instanceof Optimizer.Adam adam
        ? config.withOptimizer(adam.withRows(Optimizer.UntouchedRows.STAY))
        : config;
  }

  /** Asks the training to stop after the step in progress; may be called by any thread. */
  public void stop() {
    stop.make();
  }

  /** Asks it to stop, and waits until it has, as {@link Trainer#stopAndWait}. */
  public boolean stopAndWait(Duration most) {
    return stop.makeAndWait(most);
  }

  /**
   * Asks it to end with the best weights so far, as {@link Trainer#finish}: those of the model as
   * it was where no epoch has beaten it.
   */
  public void finish() {
    stop.end();
  }

  /**
   * Updates a model in a new run folder, as {@link Trainer#train(Dataset, Path)} trains one.
   *
   * @param model a run or a saved model, which stays as it is
   * @param data a prepared data set with the model's fields; its ids and domains are translated by
   *     their texts
   * @throws org.mlora.error.InvalidInputException when the data does not fit the model, or the
   *     folder holds something or cannot be written
   * @throws org.mlora.error.DivergedException when the loss becomes NaN or infinite
   */
  public TrainingResult run(Path model, Dataset data, Path out) {
    return run(model, data, (training, config) -> training.in(out, config));
  }

  /**
   * Goes on with an update that was stopped or killed; a finished one is opened. One that was
   * killed before it could say what it is begins anew.
   *
   * @throws org.mlora.error.InvalidInputException when there is no run, or it was started otherwise
   */
  public TrainingResult resume(Path model, Dataset data, Path out) {
    return run(model, data, (training, config) -> training.resume(out, config));
  }

  /**
   * Goes on with the update in a folder, or starts it where none is there, as {@link
   * Trainer#trainOrResume}.
   *
   * @throws org.mlora.error.InvalidInputException as {@link #run} and {@link #resume}
   * @throws org.mlora.error.DivergedException when the loss becomes NaN or infinite
   */
  public TrainingResult runOrResume(Path model, Dataset data, Path out) {
    return run(model, data, (training, config) -> training.inOrResume(out, config));
  }

  private TrainingResult run(
      Path model, Dataset data, BiFunction<Training, RunConfig, TrainingResult> way) {
    return stop.during(
        () -> {
          Checkpoint known = Checkpoint.open(model);
          Training training = training(known, data);
          Optional<String> from = Optional.of(known.checksum());
          return way.apply(training, new RunConfig(training.spec(), config, data.checksum(), from));
        });
  }

  private Training training(Checkpoint known, Dataset data) {
    ModelSpec spec = known.model().spec();
    Material material = new GrownData(known, data).material(known.model().dataset());
    Translation.doubt(data.schema(), known.model().schema()).ifPresent(listener::warned);
    return new Training(
        spec,
        known.network(material.schema()),
        List.of(Stage.further(phase(known))),
        material,
        config,
        known.model().calibration(),
        engine -> start(known, material, engine),
        new Training.Surroundings(backend, listener, stop));
  }

  private TrainingState start(Checkpoint known, Material material, Engine engine) {
    try (MloraModel model = MloraModel.of(known, backend)) {
      Growth.fill(model.engine(), engine, config.seed(), material.pretrained());
    }
    return FurtherTraining.start(engine, material, config);
  }

  /**
   * Adapters are trained where they are in use: where validation preferred the network without
   * them, B and c are zero.
   */
  private static Phase phase(Checkpoint known) {
    Network network = known.network();
    List<Parameter> outer =
        network.parameters().stream()
            .filter(p -> p.role() == Role.ADAPTER && !network.factorsA().contains(p))
            .toList();
    boolean idle = !outer.isEmpty() && outer.stream().allMatch(known::isZero);
    return idle ? Phase.CONTROL : Phase.JOINT;
  }
}
