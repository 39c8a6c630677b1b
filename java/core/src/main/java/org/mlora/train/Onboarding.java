package org.mlora.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.checkpoint.ModelFile;
import org.mlora.checkpoint.RunFolder;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
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
 * rows. All other parameters, and all predictions for other domains, stay as they are to the bit.
 */
public final class Onboarding {
  private final TrainingConfig config;
  private final Backend backend;
  private final TrainingListener listener;
  private volatile boolean stop;

  /**
   * Prepares an onboarding; batching and phases of the configuration do not matter. The caller
   * closes the backend.
   */
  public Onboarding(TrainingConfig config, Backend backend, TrainingListener listener) {
    this.config = config.withPhases(Phases.JOINT);
    this.backend = backend;
    this.listener = listener;
  }

  /** The configuration that a model was trained with. */
  public static TrainingConfig configOf(Path model) {
    Checkpoint checkpoint = Checkpoint.open(model);
    return TrainingConfigJson.read(
        checkpoint.model().training().path("config"),
        checkpoint.folder().resolve(ModelFile.NAME) + ": training.config");
  }

  /** Asks it to stop after the step in progress; nothing is then written. */
  public void stop() {
    stop = true;
  }

  /**
   * Onboards a domain.
   *
   * @param model a run or a saved model
   * @param data a prepared data set with the model's fields and the new domain; its ids are
   *     translated by their texts, and texts that the model does not know are unknown
   * @param out the new run folder
   * @throws InvalidInputException when the model knows the domain already, the data does not have
   *     it, or the folder cannot be written
   */
  public TrainingResult run(Path model, Dataset data, String domain, Path out) {
    try (MloraModel old = MloraModel.open(model, backend)) {
      Material material = material(old, data, domain);
      try (RunFolder run = RunFolder.create(out)) {
        return run(old, material, run);
      }
    }
  }

  private static Material material(MloraModel model, Dataset data, String domain) {
    Schema known = model.schema();
    if (known.domains().contains(domain)) {
      throw new InvalidInputException("the model knows domain '" + domain + "' already");
    }
    if (!data.schema().domains().contains(domain)) {
      throw new InvalidInputException(
          "the data set has no domain '" + domain + "'; it has " + data.schema().domains());
    }
    List<String> domains = new ArrayList<>(known.domains());
    domains.add(domain);
    Schema grown =
        new Schema(known.label(), known.labelRule(), known.domain(), domains, known.fields());
    Translation translation =
        Translation.between(data.schema(), data.vocabularies(), grown, model.vocabularies());
    int row = domains.size() - 1;
    // The model's ids are still those of the data set it was trained on.
    return new Material(
        grown,
        model.vocabularies(),
        model.dataset(),
        rows(translation, data, Split.TRAIN, row),
        rows(translation, data, Split.VALIDATION, row),
        data::pretrained);
  }

  private static Columns rows(Translation translation, Dataset data, Split split, int domain) {
    return DomainRows.of(translation.apply(data.columns(split)), domain);
  }

  private TrainingResult run(MloraModel old, Material material, RunFolder run) {
    run.writeConfig(new RunConfig(old.spec(), config, material.checksum()).toJson());
    Engine engine = backend.compile(Models.build(old.spec(), material.schema()));
    try {
      Growth.fill(old.engine(), engine, config.seed());
      MemoryKeeper keeper = new MemoryKeeper(p -> p.rowKind() == RowKind.BY_DOMAIN);
      TrainingState start = TrainingState.start().withBest(validation(engine, material));
      keeper.keepBest(engine, start);
      TrainingLoop loop =
          new TrainingLoop(
              engine, material, config, List.of(Phase.ONBOARD), keeper, listener, () -> stop);
      TrainingState end = loop.run(start);
      ModelFile file =
          new ModelFile(
              old.spec(),
              material.schema(),
              material.checksum(),
              FolderKeeper.training(config, end));
      if (!loop.stopped()) {
        end.history().forEach(epoch -> run.appendMetrics(epoch.toJson()));
        Checkpoint.saveModel(run.bestFolder(), engine, file, material.vocabularies());
      }
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

  /** What the new domain starts from, so that training never makes it worse on validation rows. */
  private double validation(Engine engine, Material material) {
    try (Engine.Resident rows = engine.load(material.validation())) {
      return config
          .earlyStop()
          .of(
              Scoring.evaluate(
                  engine,
                  rows,
                  Split.VALIDATION,
                  material.validation(),
                  material.schema().domains()));
    }
  }
}
