package org.mlora.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.mlora.data.RowEncoder;
import org.mlora.data.UnknownDomain;
import org.mlora.data.Vocabulary;
import org.mlora.data.table.DelimitedReader;
import org.mlora.data.table.TableReader;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;
import org.mlora.serve.Predictor;

/**
 * Copies rows and adds the prediction of each, batch by batch: some are predicted while the next
 * one is read, and written in the order in which they were read.
 */
final class Prediction {
  private static final String COLUMN = "ctr";
  private static final int BATCH = 1 << 13;
  private static final int BATCH_BYTES = 1 << 23;

  private final Predictor model;
  private final TableReader table;
  private final UnknownDomain unknown;
  private final RowSink sink;
  private final Vocabulary domains;
  private final String delimiter;
  private final boolean quotes;

  Prediction(Predictor model, TableReader table, UnknownDomain unknown, RowSink sink) {
    this.model = model;
    this.table = table;
    this.unknown = unknown;
    this.sink = sink;
    this.domains = model.schema().domainIds();
    Optional<DelimitedReader> text =
        table instanceof DelimitedReader reader ? Optional.of(reader) : Optional.empty();
    this.delimiter = text.map(DelimitedReader::delimiter).orElse(",");
    this.quotes = text.map(DelimitedReader::quotes).orElse(true);
    if (table.header().contains(COLUMN)) {
      throw new InvalidInputException(
          table.source() + " has a column '" + COLUMN + "' already; rename it");
    }
  }

  /** Rows written, by one batch after the other. */
  private final AtomicLong done = new AtomicLong();

  /** Rows, without their predictions and with them. */
  private final class Batch {
    private final RowEncoder encoder =
        new RowEncoder(
            model.schema(), domains, model.model().vocabularies(), table, unknown, BATCH);
    private final DelimitedText rows = new DelimitedText(delimiter, quotes);
    private final int[] ends = new int[BATCH];
    private final DelimitedText complete = new DelimitedText(delimiter, quotes);

    /** Done when the rows are written: then it can be read again. */
    private CompletableFuture<Void> written = CompletableFuture.completedFuture(null);

    /** Reads until it is full; false where the table ends. */
    boolean read() {
      encoder.clear();
      rows.clear();
      while (!encoder.full() && rows.size() <= BATCH_BYTES) {
        if (!table.next()) {
          return false;
        }
        if (encoder.add()) {
          copy();
          ends[encoder.rows() - 1] = rows.size();
        }
      }
      return true;
    }

    private void copy() {
      int columns = table.header().size();
      for (int column = 0; column < columns; column++) {
        rows.cell(table.bytes(), table.start(column), table.end(column), columns == 1);
      }
    }

    int size() {
      return encoder.rows();
    }

    void predict() {
      float[] predictions = model.predict(encoder.columns());
      complete.clear();
      int from = 0;
      for (int row = 0; row < predictions.length; row++) {
        requireNumber(predictions[row]);
        complete.copy(rows, from, ends[row]);
        complete.last(Float.toString(predictions[row]));
        from = ends[row];
      }
    }

    private void requireNumber(float prediction) {
      if (Float.isNaN(prediction)) {
        throw new DivergedException(
            "the prediction for a row of "
                + table.source()
                + " is not a number; the model has diverged, train again with a smaller --lr");
      }
    }

    void write() {
      sink.write(complete.bytes(), 0, complete.size());
      sink.settle();
      done.addAndGet(encoder.rows());
    }
  }

  /**
   * Runs to the end of the table.
   *
   * @param threads that predict while the caller's reads; 1: the caller's alone
   * @param progress told the rows done after each batch
   * @return rows written
   */
  long run(int threads, LongConsumer progress) {
    header();
    if (threads == 1) {
      return run(List.of(new Batch()), Runnable::run, progress);
    }
    List<Batch> batches = new ArrayList<>();
    for (int i = 0; i <= threads; i++) {
      batches.add(new Batch());
    }
    ExecutorService others = Executors.newFixedThreadPool(threads);
    try {
      return run(batches, others, progress);
    } finally {
      others.shutdown();
      // Sink and model are closed next.
      Joining.await(others);
    }
  }

  private long run(List<Batch> batches, Executor threads, LongConsumer progress) {
    CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
    Optional<InvalidInputException> refused = Optional.empty();
    boolean more = true;
    for (int i = 0; more; i = (i + 1) % batches.size()) {
      Batch batch = batches.get(i);
      Joining.await(batch.written);
      try {
        more = batch.read();
      } catch (InvalidInputException e) {
        // Once the rows before it are written.
        refused = Optional.of(e);
        more = false;
      }
      progress.accept(done.get());
      if (batch.size() > 0) {
        CompletableFuture<Void> predicted = CompletableFuture.runAsync(batch::predict, threads);
        last =
            last.thenCombine(
                predicted,
                (before, now) -> {
                  batch.write();
                  return null;
                });
        batch.written = last;
      }
    }
    Joining.await(last);
    if (refused.isPresent()) {
      sink.flush();
      throw refused.get();
    }
    progress.accept(done.get());
    return done.get();
  }

  private void header() {
    DelimitedText header = new DelimitedText(delimiter, quotes);
    for (String name : table.header()) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      header.cell(bytes, 0, bytes.length, table.header().size() == 1);
    }
    header.last(COLUMN);
    sink.write(header.bytes(), 0, header.size());
  }
}
