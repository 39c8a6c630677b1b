package org.mlora.cuda.engine;

import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.network.Network;
import org.mlora.random.RowOrder;

/** Columns that lie on the device as a whole. */
final class DeviceColumns extends LoadedColumns {
  private final Transfers transfers;
  private final Orders orders;
  private final ColumnArena arena;

  /**
   * Copies the columns to the device.
   *
   * @throws org.mlora.error.OutOfDeviceMemoryException when the device has no room for them
   */
  DeviceColumns(
      CudaEngine engine,
      Network network,
      DeviceRuntime runtime,
      Transfers transfers,
      Orders orders,
      Columns columns) {
    super(engine, network, columns);
    this.transfers = transfers;
    this.orders = orders;
    this.arena = layOut(runtime, columns);
    arena.allocate();
    try {
      upload(columns.rows());
    } catch (Throwable e) {
      arena.close();
      throw e;
    }
  }

  private static ColumnArena layOut(DeviceRuntime runtime, Columns columns) {
    return new ColumnArena(
        runtime,
        "a data set of " + columns.rows() + " rows",
        columns,
        columns.rows(),
        bags -> bags.ids().limit());
  }

  /** Bytes that the columns would take. */
  static long bytes(DeviceRuntime runtime, Columns columns) {
    try (ColumnArena arena = layOut(runtime, columns)) {
      return arena.bytes();
    }
  }

  @Override
  void upload(int rows) {
    if (!arena.fits()) {
      engine.forgetPlaces(this);
      arena.forgetRoom();
    }
    for (int i = 0; i < columns.fields().size(); i++) {
      Column column = columns.fields().get(i);
      if (column instanceof Column.Ids c) {
        transfers.upload(c.ids().slice(0, rows), arena.values(i));
      } else if (column instanceof Column.Numbers c) {
        transfers.upload(c.numbers().slice(0, rows), arena.values(i));
      } else if (column instanceof Column.Bags c) {
        transfers.upload(c.ids().slice(0, ids(c, rows)), arena.values(i));
        transfers.upload(c.offsets().slice(0, rows + 1), arena.offsets(i));
      }
    }
    transfers.upload(columns.domains().slice(0, rows), arena.domains());
    if (columns.labels().limit() > 0) {
      transfers.upload(columns.labels().slice(0, rows), arena.labels());
    }
    if (columns.weighted()) {
      transfers.upload(columns.weights().slice(0, rows), arena.weights());
    }
  }

  /** Ids of the first rows. */
  private static int ids(Column.Bags bags, int rows) {
    return Math.toIntExact(bags.offsets().get(rows));
  }

  @Override
  Batch ofEpoch(RowOrder order, int from, int count, int capacity) {
    return new Batch(arena, orders.training(), from, count, order.size());
  }

  @Override
  Batch of(int[] rows, int capacity) {
    orders.ofProbing(rows);
    return new Batch(arena, orders.probing(), 0, rows.length, rows.length);
  }

  @Override
  Batch stored(int from, int count, int capacity) {
    return new Batch(arena, 0, from, count, columns.rows());
  }

  @Override
  void queued(Batch batch) {}

  @Override
  boolean staysInPlace() {
    return true;
  }

  @Override
  boolean owns(ColumnPlaces places) {
    return places == arena;
  }

  @Override
  void release() {
    arena.close();
  }
}
