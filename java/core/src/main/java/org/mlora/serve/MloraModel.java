package org.mlora.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Optional;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.calibration.CalibrationScope;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.checkpoint.ModelFile;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.data.Vocabularies;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Evaluator;
import org.mlora.model.ModelSpec;
import org.mlora.network.Network;

/**
 * A trained model on a device. Used by one thread at a time; its engine is closed with it.
 *
 * <p>{@link Predictor} is the way to predictions of many threads, and to few of them at a time.
 */
public final class MloraModel implements AutoCloseable {
  private volatile ModelFile file;
  private final Vocabularies vocabularies;
  private final Engine engine;

  /** How rows of the last other data set are read. */
  private volatile Optional<Translated> translated = Optional.empty();

  private record Translated(String checksum, Translation translation) {}

  /** A model whose engine has its weights; owns the engine. */
  public MloraModel(ModelFile file, Vocabularies vocabularies, Engine engine) {
    this.file = file;
    this.vocabularies = vocabularies;
    this.engine = engine;
  }

  /**
   * Opens the best model of a run, or a saved model; of a folder that is replaced meanwhile the one
   * before or the one after.
   *
   * @throws org.mlora.error.InvalidInputException when there is none, or a file is damaged
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted
   */
  public static MloraModel open(Path folder, Backend backend) {
    return Checkpoint.use(folder, checkpoint -> of(checkpoint, backend));
  }

  /** The model of an opened checkpoint. */
  public static MloraModel of(Checkpoint checkpoint, Backend backend) {
    ModelFile file = checkpoint.model();
    Vocabularies vocabularies = checkpoint.vocabularies();
    Engine engine = backend.compile(checkpoint.network());
    try {
      checkpoint.readWeights(engine);
      return new MloraModel(file, vocabularies, engine);
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }

  /** Its settings, with what the training's data set decided. */
  public ModelSpec spec() {
    return file.spec();
  }

  /** The fields and domains that it knows. */
  public Schema schema() {
    return file.schema();
  }

  /** Its inputs, parameters and ops. */
  public Network network() {
    return engine.network();
  }

  /** The vocabularies that ids are made with, see {@link org.mlora.data.RowEncoder}. */
  public Vocabularies vocabularies() {
    return vocabularies;
  }

  /** Checksum of the data set that it was trained on. */
  public String dataset() {
    return file.dataset();
  }

  /** Configuration, position and history of the training, as in {@code model.json}. */
  public ObjectNode training() {
    return file.training();
  }

  /**
   * Evaluates a split of the data set it was trained on, or of another one with the same fields,
   * whose ids are then translated by their texts. Domains that the model does not know are reported
   * as {@link Evaluation#UNKNOWN}.
   *
   * @throws org.mlora.error.InvalidInputException when the data set lacks a field of the model
   */
  public Evaluation evaluate(Dataset data, Split split) {
    Columns columns = columns(data, split);
    return Evaluator.evaluate(
        split.label(), predict(columns), columns.outcomes(), columns.domains(), schema().domains());
  }

  /** The rows of a split with the ids of this model. */
  public Columns columns(Dataset data, Split split) {
    Columns columns = data.columns(split);
    return data.checksum().equals(file.dataset()) ? columns : translation(data).apply(columns);
  }

  /** Made once for all splits of a data set: to look all its texts up takes a while. */
  private Translation translation(Dataset data) {
    Translated made =
        translated
            .filter(last -> last.checksum().equals(data.checksum()))
            .orElseGet(
                () ->
                    new Translated(
                        data.checksum(),
                        Translation.between(
                            data.schema(), data.vocabularies(), schema(), vocabularies)));
    translated = Optional.of(made);
    return made.translation();
  }

  /** The prediction of each row; domain -1 gets the backbone's. Ids must be this model's. */
  public float[] predict(Columns columns) {
    return Scoring.probabilities(engine, columns, file.calibration());
  }

  /** What predictions make of logits; empty: their sigmoids. */
  public Optional<PlattScaling> calibration() {
    return file.calibration();
  }

  /**
   * Fits predictions to the rates of labelled rows, which should not be training rows. The order of
   * a domain's rows stays, and with it AUC by domain. Each line starts from the one the model has.
   *
   * @param scope {@code NONE} takes the calibration away
   * @param rows with the ids of this model, see {@link #columns}
   */
  public void calibrate(CalibrationScope scope, Columns rows) {
    file = file.withCalibration(Scoring.calibration(engine, scope, rows, file.calibration()));
  }

  /**
   * Saves the model to a new folder, or in place of another model. A folder that a link leads to is
   * replaced behind it. Of several who save to one folder the last stays.
   *
   * @throws org.mlora.error.InvalidInputException when the folder cannot be written or holds
   *     anything else
   */
  public void save(Path folder) {
    Checkpoint.saveModel(folder, true, engine, file, vocabularies);
  }

  /**
   * Saves the model to a folder that is not there yet, or is empty.
   *
   * @throws org.mlora.error.InvalidInputException when there is something by then, or the folder
   *     cannot be written
   */
  public void saveNew(Path folder) {
    Checkpoint.saveModel(folder, false, engine, file, vocabularies);
  }

  /** What it runs on, for those who score by themselves. */
  public Engine engine() {
    return engine;
  }

  @Override
  public void close() {
    engine.close();
  }
}
