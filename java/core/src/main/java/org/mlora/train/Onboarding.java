package org.mlora.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.calibration.CalibrationScope;
import org.mlora.calibration.PlattFit;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.checkpoint.ModelFile;
import org.mlora.checkpoint.RunFolder;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Names;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Models;
import org.mlora.network.RowKind;
import org.mlora.serve.MloraModel;
import org.mlora.serve.Scoring;
import org.mlora.serve.Translation;

/**
 * Adds a domain to a trained model: only its embedding and its A, B and c are trained, on its own
 * rows. All other parameters, and all predictions for other domains, stay as they are to the bit. A
 * calibrated model gets a line for the new domain.
 */
public final class Onboarding {
  private final TrainingConfig config;
  private final Backend backend;
  private final TrainingListener listener;
  private final StopRequest stop = new StopRequest();

  /** An onboarding that reports to nobody. The caller closes the backend. */
  public Onboarding(TrainingConfig config, Backend backend) {
    this(config, backend, new TrainingListener() {});
  }

  /**
   * Prepares an onboarding; batching, phases, outer rate and regularization of the configuration do
   * not matter. The caller closes the backend.
   */
  public Onboarding(TrainingConfig config, Backend backend, TrainingListener listener) {
    this.config =
        config.withPhases(Phases.JOINT).withOuterRate(1).withRegularization(Regularization.NONE);
    this.backend = backend;
    this.listener = listener;
  }

  /** Asks it to stop after the step in progress; nothing is then written. */
  public void stop() {
    stop.make();
  }

  /**
   * Asks it to end with the best weights so far, as {@link Trainer#finish}: those that the domain
   * begins with where no epoch has beaten them.
   */
  public void finish() {
    stop.end();
  }

  /**
   * Onboards a domain.
   *
   * @param model a run or a saved model
   * @param data a prepared data set with the model's fields and the new domain; its ids are
   *     translated by their texts, and texts that the model does not know are unknown
   * @param out the new run folder; it holds no {@code last} and cannot be resumed
   * @throws InvalidInputException when the model knows the domain already, the data does not have
   *     it, or the folder cannot be written
   */
  public TrainingResult run(Path model, Dataset data, String domain, Path out) {
    try (MloraModel old = MloraModel.open(model, backend)) {
      Material material = material(old, data, domain);
      Translation.doubt(data.schema(), old.schema()).ifPresent(listener::warned);
      try (RunFolder run = RunFolder.create(out)) {
        return run(old, material, run);
      }
    }
  }

  private static Material material(MloraModel model, Dataset data, String domain) {
    Schema known = model.schema();
    if (known.domains().contains(domain)) {
      throw new InvalidInputException(
          "the model knows domain '" + domain + "' already; train it again with 'mlora train'");
    }
    if (!data.schema().domains().contains(domain)) {
      throw new InvalidInputException(
          data.folder()
              + " has no domain '"
              + domain
              + "'; its domains are "
              + Names.domains(data.schema().domains()));
    }
    List<String> domains = new ArrayList<>(known.domains());
    domains.add(domain);
    Schema grown = known.withDomains(domains);
    Translation translation =
        Translation.between(data.schema(), data.vocabularies(), grown, model.vocabularies());
    int row = domains.size() - 1;
    List<Columns> rows = new ArrayList<>();
    for (Split split : List.of(Split.TRAIN, Split.VALIDATION)) {
      Columns found = DomainRows.of(translation.apply(data.columns(split)), row);
      if (found.rows() == 0) {
        throw new InvalidInputException(
            "domain '"
                + domain
                + "' has no "
                + split.label()
                + " rows in "
                + data.folder()
                + "; prepare the data with another split");
      }
      rows.add(found);
    }
    // The model's ids are still those of the data set it was trained on.
    return new Material(
        grown, model.vocabularies(), model.dataset(), rows.get(0), rows.get(1), data::pretrained);
  }

  /** Lines of known domains stay; the new one gets its own, or that of all. */
  private static PlattScaling calibration(PlattScaling known, Engine engine, Material material) {
    if (known.scope() != CalibrationScope.BY_DOMAIN) {
      return known.with(known.domains().get(0));
    }
    Columns rows = material.validation();
    float[] logits = Scoring.logits(engine, rows);
    return known.with(PlattFit.line(logits, rows.outcomes(), known.mean()));
  }

  private TrainingResult run(MloraModel old, Material material, RunFolder run) {
    Engine engine = backend.compile(Models.build(old.spec(), material.schema()));
    try {
      Growth.fill(old.engine(), engine, config.seed(), material.pretrained());
      MemoryKeeper keeper =
          new MemoryKeeper(
              p -> p.rowKind() == RowKind.BY_DOMAIN, epoch -> run.appendMetrics(epoch.toJson()));
      TrainingState start = FurtherTraining.start(engine, material, config);
      keeper.keepBest(engine, start);
      TrainingLoop loop =
          new TrainingLoop(
              engine, material, config, List.of(Stage.of(Phase.ONBOARD)), keeper, listener, stop);
      TrainingState end = loop.run(start);
      ModelFile file =
          new ModelFile(
              old.spec(),
              material.schema(),
              material.checksum(),
              FolderKeeper.training(config, end),
              old.calibration().map(known -> calibration(known, engine, material)));
      if (!loop.stopped()) {
        Checkpoint.saveModel(run.bestFolder(), false, engine, file, material.vocabularies());
      }
      return new TrainingResult(
          new MloraModel(file, material.vocabularies(), engine), loop.stopped(), end);
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }
}
