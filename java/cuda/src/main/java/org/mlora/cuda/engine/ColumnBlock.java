package org.mlora.cuda.engine;

import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Event;
import org.mlora.cuda.runtime.PinnedMemory;
import org.mlora.cuda.runtime.Stream;
import org.mlora.data.Column;
import org.mlora.data.Columns;

/** Room for the columns of one batch, on the device and in pinned memory of the host. */
final class ColumnBlock implements ColumnPlaces, AutoCloseable {
  private final Columns columns;
  private final ColumnArena arena;
  private final PinnedMemory staging;
  private final Event sent;
  private final Event used;

  /**
   * Takes memory for a batch of so many rows.
   *
   * @throws org.mlora.error.OutOfDeviceMemoryException when the device has no room for it
   */
  ColumnBlock(DeviceRuntime runtime, Columns columns, int capacity) {
    this.columns = columns;
    this.arena =
        new ColumnArena(
            runtime,
            "the columns of a batch of " + capacity + " rows",
            columns,
            capacity,
            bags -> ColumnArena.mostIds(bags, columns.rows(), capacity));
    Closing made = new Closing();
    made.add(arena);
    try {
      arena.allocate();
      this.staging =
          made.add(runtime.pin(Math.toIntExact(arena.columnBytes()), "the columns of a batch"));
      this.sent = made.add(runtime.event());
      this.used = made.add(runtime.event());
    } catch (Throwable e) {
      made.closeAfter(e);
      throw e;
    }
  }

  /**
   * Gathers rows once the last copy from here is done, and queues the next one for when nothing
   * reads the block any more; {@code compute} waits for it.
   */
  void send(IntUnaryOperator row, int count, Stream copies, Stream compute) {
    sent.synchronize();
    gather(row, count, staging.buffer().clear());
    copies.await(used);
    copies.upload(staging, 0, arena.address(), arena.columnBytes());
    copies.record(sent);
    compute.await(sent);
  }

  /** Whether any batch of the columns, as they are now, has room. */
  boolean fits() {
    return arena.fits();
  }

  /** Marks that all that reads the block is queued. */
  void used(Stream compute) {
    compute.record(used);
  }

  private void gather(IntUnaryOperator row, int count, ByteBuffer to) {
    for (int i = 0; i < columns.fields().size(); i++) {
      Column column = columns.fields().get(i);
      int at = (int) arena.field(i).values();
      if (column instanceof Column.Ids c) {
        for (int k = 0; k < count; k++) {
          to.putInt(at + 4 * k, c.ids().get(row.applyAsInt(k)));
        }
      } else if (column instanceof Column.Numbers c) {
        for (int k = 0; k < count; k++) {
          to.putFloat(at + 4 * k, c.numbers().get(row.applyAsInt(k)));
        }
      } else if (column instanceof Column.Bags c) {
        gather(c, row, count, to, at, (int) arena.field(i).offsets());
      }
    }
    for (int k = 0; k < count; k++) {
      to.putInt((int) arena.domainPlace() + 4 * k, columns.domains().get(row.applyAsInt(k)));
    }
    for (int k = 0; k < count && columns.labels().limit() > 0; k++) {
      to.putFloat((int) arena.labelPlace() + 4 * k, columns.labels().get(row.applyAsInt(k)));
    }
    for (int k = 0; k < count && columns.weighted(); k++) {
      to.putFloat((int) arena.weightPlace() + 4 * k, columns.weights().get(row.applyAsInt(k)));
    }
  }

  private static void gather(
      Column.Bags bags, IntUnaryOperator row, int count, ByteBuffer to, int values, int offsets) {
    int next = 0;
    to.putLong(offsets, 0);
    for (int k = 0; k < count; k++) {
      int own = row.applyAsInt(k);
      for (long id = bags.offsets().get(own); id < bags.offsets().get(own + 1); id++) {
        to.putInt(values + 4 * next, bags.ids().get((int) id));
        next++;
      }
      to.putLong(offsets + 8 * (k + 1), next);
    }
  }

  @Override
  public long values(int input) {
    return arena.values(input);
  }

  @Override
  public long offsets(int input) {
    return arena.offsets(input);
  }

  @Override
  public long domains() {
    return arena.domains();
  }

  @Override
  public long labels() {
    return arena.labels();
  }

  @Override
  public long weights() {
    return arena.weights();
  }

  @Override
  public long logits() {
    return arena.logits();
  }

  @Override
  public long probabilities() {
    return arena.probabilities();
  }

  @Override
  public long mostIds(int input, int count) {
    return arena.mostIds(input, count);
  }

  @Override
  public void close() {
    Closing all = new Closing();
    all.add(arena);
    all.add(staging);
    all.add(sent);
    all.add(used);
    all.close();
  }
}
