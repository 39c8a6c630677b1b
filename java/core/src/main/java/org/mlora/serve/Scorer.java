package org.mlora.serve;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.mlora.data.Columns;
import org.mlora.data.RowEncoder;
import org.mlora.data.UnknownDomain;
import org.mlora.data.Vocabulary;

/** What one thread at a time predicts with: a session of the model, and rows of each kind. */
final class Scorer implements AutoCloseable {
  /** Rows of text that are encoded at once. */
  private static final int ROWS = 256;

  private final MloraModel model;
  private final UnknownDomain unknown;
  private final Vocabulary domains;
  private final PredictionBatch single;
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
    this.single = new PredictionBatch(model, unknown, 1);
  }

  /** Whether it was idle; it is the caller's then. */
  boolean take() {
    return !taken.getPlain() && taken.compareAndSet(false, true);
  }

  /** Leaves it to the next thread. */
  void giveBack() {
    taken.setRelease(false);
  }

  float predict(int[] ids, int domain) {
    single.set(0, ids, domain);
    return single.predict(1).get(0);
  }

  float[] predict(Columns columns) {
    return Scoring.probabilities(single.session(), columns, model.calibration());
  }

  float[] predict(List<Map<String, String>> rows) {
    if (texts.isEmpty()) {
      TextRows table = new TextRows(model.schema());
      texts =
          Optional.of(
              new Texts(
                  table,
                  new RowEncoder(
                      model.schema(), domains, model.vocabularies(), table, unknown, ROWS)));
    }
    RowEncoder encoder = texts.get().encoder();
    TextRows table = texts.get().table();
    float[] all = new float[rows.size()];
    int done = 0;
    encoder.clear();
    table.read(rows);
    while (table.next()) {
      encoder.add();
      if (encoder.full() || done + encoder.rows() == all.length) {
        float[] part = predict(encoder.columns());
        System.arraycopy(part, 0, all, done, part.length);
        done += part.length;
        encoder.clear();
      }
    }
    return all;
  }

  @Override
  public void close() {
    single.close();
  }
}
