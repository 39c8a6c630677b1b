package org.mlora.serve;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.mlora.backend.Backend;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.TextHash;
import org.mlora.data.UnknownDomain;
import org.mlora.error.InvalidInputException;

/**
 * Predictions of a trained model, with no allocation for rows that go through {@link
 * #predict(int[], int)} or a {@link PredictionBatch}. Used by one thread at a time; open one for
 * each thread.
 */
public final class Predictor implements AutoCloseable {
  private final MloraModel model;
  private final UnknownDomain unknown;
  private final PredictionBatch single;

  /**
   * Takes over a model, which is closed with the predictor.
   *
   * @param unknown what happens to domain -1: {@code FALLBACK} answers without an adapter
   * @throws InvalidInputException for {@code SKIP}: every row asked for gets an answer or an error
   */
  public Predictor(MloraModel model, UnknownDomain unknown) {
    if (unknown == UnknownDomain.SKIP) {
      throw new InvalidInputException(
          "a predictor cannot skip rows of unknown domains; choose fallback or error");
    }
    this.model = model;
    this.unknown = unknown;
    this.single = new PredictionBatch(model, unknown, 1);
  }

  /**
   * Opens the best model of a run, or a saved model.
   *
   * @throws InvalidInputException when there is none, or a file is damaged
   */
  public static Predictor open(Path folder, Backend backend, UnknownDomain unknown) {
    MloraModel model = MloraModel.open(folder, backend);
    try {
      return new Predictor(model, unknown);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  public Schema schema() {
    return model.schema();
  }

  public MloraModel model() {
    return model;
  }

  /**
   * The id of a domain; -1 where it is unknown and unknown domains fall back.
   *
   * @throws InvalidInputException where it is unknown and unknown domains are errors
   */
  public int domain(String name) {
    int domain = schema().domains().indexOf(name);
    if (domain < 0 && unknown == UnknownDomain.ERROR) {
      throw new InvalidInputException(
          "domain '"
              + name
              + "' is not in the schema ("
              + schema().domains().size()
              + " known domains); add it with 'mlora onboard' or choose fallback");
    }
    return domain;
  }

  /**
   * The id of a text in a field; 0 where the model does not know it.
   *
   * @throws InvalidInputException where the schema has no such field, or the field holds numbers
   */
  public int id(String field, String text) {
    Field found = schema().fields().get(schema().indexOf(field));
    Optional<Field.IdRule> rule = found.idRule();
    if (rule.isPresent() && rule.get() instanceof Field.IdRule.Vocabulary) {
      return model.vocabularies().of(field).id(text);
    }
    if (rule.isPresent() && rule.get() instanceof Field.IdRule.Hashed) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return TextHash.id(bytes, 0, bytes.length, found.tableRows().orElseThrow());
    }
    throw new InvalidInputException(
        "field '" + field + "' holds numbers, which have no id; use a batch or a row encoder");
  }

  /**
   * The click probability of one row of a schema whose fields all have one id.
   *
   * @param ids one id for each field, in the order of the schema; 0 for unknown
   * @param domain as from {@link #domain}
   * @throws InvalidInputException when an id or the domain is out of range
   */
  public float predict(int[] ids, int domain) {
    single.set(0, ids, domain);
    return single.predict(1).get(0);
  }

  /** Room for many rows of single ids and numbers, to be filled and predicted again and again. */
  public PredictionBatch batch(int capacity) {
    return new PredictionBatch(model, unknown, capacity);
  }

  /** The click probability of each row of any columns, for example of a row encoder. */
  public float[] predict(Columns columns) {
    return model.predict(columns);
  }

  /** Waits for a prediction in progress on another thread; later ones are refused. */
  @Override
  public void close() {
    single.close();
    model.close();
  }
}
