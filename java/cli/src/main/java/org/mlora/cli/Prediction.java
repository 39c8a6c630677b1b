package org.mlora.cli;

import java.io.ByteArrayOutputStream;
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
  private final byte[] delimiter;
  private final boolean quotes;
  private final ByteArrayOutputStream rows = new ByteArrayOutputStream(1 << 16);
  private final int[] ends = new int[BATCH];
  private long done;

  Prediction(MloraModel model, TableReader table, UnknownDomain unknown, RowSink sink) {
    this.model = model;
    this.table = table;
    this.sink = sink;
    Optional<DelimitedReader> text =
        table instanceof DelimitedReader reader ? Optional.of(reader) : Optional.empty();
    this.delimiter =
        text.map(DelimitedReader::delimiter).orElse(",").getBytes(StandardCharsets.UTF_8);
    this.quotes = text.map(DelimitedReader::quotes).orElse(true);
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
      cell(bytes, 0, bytes.length);
      rows.writeBytes(delimiter);
    }
    rows.writeBytes((COLUMN + "\n").getBytes(StandardCharsets.UTF_8));
    sink.write(rows.toByteArray(), 0, rows.size());
    rows.reset();
  }

  private void copy() {
    for (int column = 0; column < table.header().size(); column++) {
      cell(table.bytes(), table.start(column), table.end(column));
      rows.writeBytes(delimiter);
    }
  }

  private void cell(byte[] bytes, int from, int to) {
    boolean quoted = quotes && from == to && table.header().size() == 1;
    for (int i = from; i < to && quotes && !quoted; i++) {
      byte b = bytes[i];
      quoted = b == '"' || b == '\n' || b == '\r' || b == delimiter[0];
    }
    if (!quoted) {
      rows.write(bytes, from, to - from);
      return;
    }
    rows.write('"');
    for (int i = from; i < to; i++) {
      if (bytes[i] == '"') {
        rows.write('"');
      }
      rows.write(bytes[i]);
    }
    rows.write('"');
  }

  private void flush() {
    if (encoder.rows() == 0) {
      return;
    }
    float[] predictions = model.predict(encoder.columns());
    byte[] bytes = rows.toByteArray();
    int from = 0;
    for (int row = 0; row < predictions.length; row++) {
      sink.write(bytes, from, ends[row] - from);
      byte[] number = (predictions[row] + "\n").getBytes(StandardCharsets.US_ASCII);
      sink.write(number, 0, number.length);
      from = ends[row];
    }
    sink.settle();
    done += predictions.length;
    rows.reset();
    encoder.clear();
  }
}
