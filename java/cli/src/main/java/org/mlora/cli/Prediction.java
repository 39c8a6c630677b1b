package org.mlora.cli;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.mlora.data.RowEncoder;
import org.mlora.data.UnknownDomain;
import org.mlora.data.table.DelimitedReader;
import org.mlora.data.table.TableReader;
import org.mlora.error.InvalidInputException;
import org.mlora.serve.MloraModel;

/** Copies rows and adds the prediction of each, batch by batch. */
final class Prediction {
  private static final String COLUMN = "ctr";
  private static final int BATCH = 1 << 13;
  private static final int BATCH_BYTES = 1 << 23;

  private final MloraModel model;
  private final TableReader table;
  private final RowEncoder encoder;
  private final RowSink sink;

  /** The rows of a batch without their predictions, and with them. */
  private final DelimitedText rows;

  private final DelimitedText complete;
  private final int[] ends = new int[BATCH];
  private long done;

  Prediction(MloraModel model, TableReader table, UnknownDomain unknown, RowSink sink) {
    this.model = model;
    this.table = table;
    this.sink = sink;
    Optional<DelimitedReader> text =
        table instanceof DelimitedReader reader ? Optional.of(reader) : Optional.empty();
    String delimiter = text.map(DelimitedReader::delimiter).orElse(",");
    boolean quotes = text.map(DelimitedReader::quotes).orElse(true);
    this.rows = new DelimitedText(delimiter, quotes);
    this.complete = new DelimitedText(delimiter, quotes);
    if (table.header().contains(COLUMN)) {
      throw new InvalidInputException(
          table.source() + " has a column '" + COLUMN + "' already; rename it");
    }
    this.encoder =
        new RowEncoder(model.schema(), model.vocabularies(), table, unknown, false, BATCH);
  }

  /**
   * Runs to the end of the table.
   *
   * @param progress told the rows done after each batch
   * @return rows written
   */
  long run(LongConsumer progress) {
    header();
    while (table.next()) {
      if (encoder.add()) {
        copy();
        ends[encoder.rows() - 1] = rows.size();
      }
      if (encoder.full() || rows.size() > BATCH_BYTES) {
        flush();
        progress.accept(done);
      }
    }
    flush();
    return done;
  }

  private void header() {
    for (String name : table.header()) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      complete.cell(bytes, 0, bytes.length, table.header().size() == 1);
    }
    complete.last(COLUMN);
    write();
  }

  private void copy() {
    int columns = table.header().size();
    for (int column = 0; column < columns; column++) {
      rows.cell(table.bytes(), table.start(column), table.end(column), columns == 1);
    }
  }

  private void write() {
    sink.write(complete.bytes(), 0, complete.size());
    complete.clear();
  }

  private void flush() {
    if (encoder.rows() == 0) {
      return;
    }
    float[] predictions = model.predict(encoder.columns());
    int from = 0;
    for (int row = 0; row < predictions.length; row++) {
      complete.copy(rows, from, ends[row]);
      complete.last(Float.toString(predictions[row]));
      from = ends[row];
    }
    write();
    sink.settle();
    done += predictions.length;
    rows.clear();
    encoder.clear();
  }
}
