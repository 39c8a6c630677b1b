package org.mlora.cuda.engine;

import org.mlora.backend.ColumnChecks;
import org.mlora.backend.EngineArguments;
import org.mlora.backend.Session;
import org.mlora.data.Columns;
import org.mlora.error.ClosedException;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;
import org.mlora.random.RowOrder;

/** Columns that an engine can read, with every value checked on the host. */
abstract class LoadedColumns implements Session.Resident {
  protected final Columns columns;
  protected final CudaEngine engine;
  private final Network network;

  /** The first rows, whose numbers on the device are no longer those of the host. */
  private int stale;

  private volatile boolean closed;

  /**
   * Checks the columns.
   *
   * @throws InvalidShapeException when a column is missing, of the wrong kind or too short
   * @throws org.mlora.error.InvalidInputException when a value is out of its range
   */
  LoadedColumns(CudaEngine engine, Network network, Columns columns) {
    ColumnChecks.require(network, columns, columns.rows());
    this.engine = engine;
    this.network = network;
    this.columns = columns;
  }

  /**
   * Where the rows of a batch are.
   *
   * @param places of the columns
   * @param order address of the rows' order, or 0 for stored order
   * @param from of the batch in the order
   * @param count of its rows
   * @param end of the order
   */
  record Batch(ColumnPlaces places, long order, int from, int count, int end) {}

  /** The batch {@code [from, from + count)} of the epoch's order. */
  abstract Batch ofEpoch(RowOrder order, int from, int count, int capacity);

  /** The batch of some rows, as they are given. */
  abstract Batch of(int[] rows, int capacity);

  /** The batch {@code [from, from + count)} in stored order. */
  abstract Batch stored(int from, int count, int capacity);

  /** Told when all that reads a batch is queued. */
  abstract void queued(Batch batch);

  /** Whether all rows, and predictions of them, stay on the device together. */
  abstract boolean staysInPlace();

  /** Whether a batch's places are these columns'. */
  abstract boolean owns(ColumnPlaces places);

  /** Brings what is on the device of the first rows up to date. */
  abstract void upload(int rows);

  /** Frees what is on the device; called once. */
  abstract void release();

  @Override
  public final int rows() {
    return columns.rows();
  }

  @Override
  public final void changed(int rows) {
    EngineArguments.requireRange(columns, 0, rows);
    stale = Math.max(stale, rows);
  }

  /** Sees to it that what is on the device is up to date, and tells whether it was not. */
  final boolean refresh() {
    if (closed) {
      throw new ClosedException("the block of columns");
    }
    if (stale == 0) {
      return false;
    }
    ColumnChecks.require(network, columns, stale);
    upload(stale);
    stale = 0;
    return true;
  }

  final boolean isOf(CudaEngine engine) {
    return this.engine == engine;
  }

  @Override
  public final void close() {
    closed = true;
    engine.free(this);
  }
}
