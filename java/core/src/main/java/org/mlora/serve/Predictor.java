package org.mlora.serve;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.mlora.backend.Backend;
import org.mlora.backend.ColumnChecks;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.NumberCell;
import org.mlora.data.Schema;
import org.mlora.data.TextHash;
import org.mlora.data.UnknownDomain;
import org.mlora.data.Vocabulary;
import org.mlora.error.InvalidInputException;
import org.mlora.error.InvalidShapeException;

/**
 * Predictions of a trained model, for any number of threads: on a CPU they predict at the same time
 * from one copy of its weights. Rows that go through {@link #predict(int[], int)} or a {@link
 * PredictionBatch} make no garbage.
 */
public final class Predictor implements AutoCloseable {
  private final MloraModel model;
  private final UnknownDomain unknown;
  private final Vocabulary domains;
  private final boolean hasLists;
  private final ScorerPool scorers;

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
    this.unknown = Objects.requireNonNull(unknown, "what to do with unknown domains");
    this.domains = model.schema().domainIds();
    this.hasLists =
        model.schema().fields().stream().anyMatch(field -> field instanceof Field.MultiValued);
    this.scorers = new ScorerPool(() -> new Scorer(model, unknown, domains));
    scorers.giveBack(scorers.borrow());
  }

  /**
   * Opens the best model of a run, or a saved model.
   *
   * @throws InvalidInputException when there is none, or a file is damaged
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted
   */
  public static Predictor open(Path folder, Backend backend, UnknownDomain unknown) {
    MloraModel model = MloraModel.open(folder, backend);
    try {
      return new Predictor(model, unknown);
    } catch (Throwable e) {
      model.close();
      throw e;
    }
  }

  /** The fields and domains that the model knows. */
  public Schema schema() {
    return model.schema();
  }

  /** The model, which is closed with the predictor. */
  public MloraModel model() {
    return model;
  }

  /**
   * The id of a domain; -1 where it is unknown and unknown domains fall back.
   *
   * @throws InvalidInputException where it is unknown and unknown domains are errors
   */
  public int domain(String name) {
    int domain = domains.id(Objects.requireNonNull(name, "the name of the domain is null")) - 1;
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
   * The id of a text in a field; 0 where the model does not know it, and where it is empty, which
   * means missing.
   *
   * @throws InvalidInputException where the schema has no such field, or the field holds numbers
   */
  public int id(String field, String text) {
    Objects.requireNonNull(text, "the text is null");
    Field found = schema().field(field);
    Optional<Field.IdRule> rule = found.idRule();
    if (rule.isPresent() && rule.get() instanceof Field.IdRule.Vocabulary) {
      return text.isEmpty() ? 0 : model.vocabularies().of(field).id(text);
    }
    if (rule.isPresent() && rule.get() instanceof Field.IdRule.Hashed) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return TextHash.id(bytes, 0, bytes.length, found.tableRows().orElseThrow());
    }
    throw new InvalidInputException(
        "field '" + field + "' holds numbers; give a number, or the row's texts");
  }

  /**
   * The id of a number in a field that is cut into buckets.
   *
   * @param number NaN where it is missing
   * @throws InvalidInputException where the schema has no such field, the field is another one, or
   *     the number is infinite as a float
   */
  public int id(String field, double number) {
    if (schema().field(field).idRule().orElse(null) instanceof Field.IdRule.Buckets buckets) {
      return NumberCell.bucket(buckets, inRange(field, number));
    }
    throw new InvalidInputException("field '" + field + "' is not cut into buckets");
  }

  /**
   * A number as a numeric field's rows have it in a batch: standardised, for example.
   *
   * @param number as in a table; NaN where it is missing
   * @throws InvalidInputException where the schema has no such field, the field is another one, or
   *     the number is infinite as a float
   */
  public float number(String field, double number) {
    if (schema().field(field) instanceof Field.Numeric numeric) {
      return NumberCell.transform(numeric.transform(), inRange(field, number));
    }
    throw new InvalidInputException("field '" + field + "' is not numeric; its rows have ids");
  }

  /** As of a text, what would be infinite as a float is refused. */
  private static double inRange(String field, double number) {
    if (Float.isInfinite((float) number)) {
      throw new InvalidInputException(
          "field '"
              + field
              + "': "
              + number
              + " is beyond the numbers of a float; give NaN where the value is missing");
    }
    return number;
  }

  /**
   * The click probability of a row of any schema.
   *
   * @param row the text of each field and of the domain column, as in a table, by its name; empty
   *     where the value is missing. Others are left out of account
   * @throws InvalidInputException where one is not given or cannot be used
   */
  public float predict(Map<String, String> row) {
    return predict(List.of(Objects.requireNonNull(row, "the row is null")))[0];
  }

  /** The same for many rows, counted from 1 in messages. */
  public float[] predict(List<Map<String, String>> rows) {
    Objects.requireNonNull(rows, "the list of rows is null");
    return borrowing(scorer -> scorer.predict(rows));
  }

  /**
   * The click probability of one row of a schema whose fields all have one id.
   *
   * @param ids one id for each field, in the order of the schema; 0 for unknown
   * @param domain as from {@link #domain}
   * @throws InvalidInputException when an id or the domain is out of range
   */
  public float predict(int[] ids, int domain) {
    if (hasLists) {
      throw new InvalidInputException(
          "the model has multi-valued fields; give the row's texts, or its lists in a batch");
    }
    Scorer scorer = scorers.borrow();
    try {
      return scorer.predict(ids, domain);
    } finally {
      scorers.giveBack(scorer);
    }
  }

  /**
   * Room for many rows, to be filled and predicted again and again by one thread at a time.
   *
   * @throws InvalidInputException when it is for no row, or for more than a buffer holds
   */
  public PredictionBatch batch(int capacity) {
    return new PredictionBatch(model, unknown, capacity);
  }

  /**
   * The click probability of each row of any columns, for example of a row encoder.
   *
   * @throws InvalidInputException when an id or a domain is out of range, or a domain is unknown
   *     and that is an error
   * @throws InvalidShapeException when columns are too few, too short or of another kind
   */
  public float[] predict(Columns columns) {
    if (unknown == UnknownDomain.ERROR) {
      requireKnownDomains(columns);
    }
    return borrowing(scorer -> scorer.predict(columns));
  }

  private float[] borrowing(Function<Scorer, float[]> predicting) {
    Scorer scorer = scorers.borrow();
    try {
      return predicting.apply(scorer);
    } finally {
      scorers.giveBack(scorer);
    }
  }

  private static void requireKnownDomains(Columns columns) {
    ColumnChecks.requireLength("domain", columns.domains().limit(), columns.rows());
    for (int row = 0; row < columns.rows(); row++) {
      if (columns.domains().get(row) < 0) {
        throw new InvalidInputException(
            "row "
                + row
                + ": its domain is unknown; add it with 'mlora onboard' or choose fallback");
      }
    }
  }

  /**
   * Waits for predictions in progress on other threads, those of batches excepted; later ones are
   * refused ({@link org.mlora.error.ClosedException}), and so are those of batches that are still
   * open.
   */
  @Override
  public void close() {
    try (model) {
      scorers.close();
    }
  }
}
