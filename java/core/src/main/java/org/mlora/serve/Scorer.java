package org.mlora.serve;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.RowEncoder;
import org.mlora.data.Schema;
import org.mlora.data.UnknownDomain;
import org.mlora.data.Vocabulary;
import org.mlora.data.table.TextRows;

/** What one thread at a time predicts with: a session of the model, and rows of each kind. */
final class Scorer implements AutoCloseable {
  /** Rows of text that are encoded and predicted at once. */
  private static final int ROWS = 256;

  private final MloraModel model;
  private final UnknownDomain unknown;
  private final Vocabulary domains;
  private final PredictionBatch batch;
  private final AtomicBoolean taken = new AtomicBoolean();
  private Optional<Texts> texts = Optional.empty();

  private record Texts(TextRows table, RowEncoder encoder) {}

  /**
   * Opens a session.
   *
   * @param domains the schema's, with ids one higher
   */
  Scorer(MloraModel model, UnknownDomain unknown, Vocabulary domains) {
    this.model = model;
    this.unknown = unknown;
    this.domains = domains;
    this.batch = new PredictionBatch(model, unknown, ROWS);
  }

  /** Whether it was idle; it is the caller's then. */
  boolean take() {
    return !taken.get() && taken.compareAndSet(false, true);
  }

  /** Leaves it to the next thread. */
  void giveBack() {
    taken.set(false);
  }

  float predict(int[] ids, int domain) {
    batch.set(0, ids, domain);
    return batch.predict(1).get(0);
  }

  float[] predict(Columns columns) {
    return Scoring.probabilities(batch.session(), columns, model.calibration());
  }

  float[] predict(List<Map<String, String>> rows) {
    if (texts.isEmpty()) {
      TextRows table = new TextRows(columns(model.schema()));
      texts =
          Optional.of(
              new Texts(
                  table,
                  new RowEncoder(
                      model.schema(), domains, model.vocabularies(), table, unknown, ROWS)));
    }
    try (TextRows table = texts.get().table().of(rows)) {
      return predict(table, texts.get().encoder(), rows.size());
    }
  }

  private static List<String> columns(Schema schema) {
    Stream<String> fields = schema.fields().stream().map(Field::name);
    return Stream.concat(Stream.of(schema.domain()), fields).distinct().toList();
  }

  private float[] predict(TextRows table, RowEncoder encoder, int count) {
    float[] all = new float[count];
    int done = 0;
    encoder.clear();
    while (table.next()) {
      encoder.add();
      if (encoder.full() || done + encoder.rows() == count) {
        batch.set(encoder.columns());
        batch.predict(encoder.rows()).get(all, done, encoder.rows());
        done += encoder.rows();
        encoder.clear();
      }
    }
    return all;
  }

  @Override
  public void close() {
    batch.close();
  }
}
