package org.mlora.cuda.engine;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Event;
import org.mlora.cuda.runtime.PinnedMemory;
import org.mlora.cuda.runtime.Stream;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.error.InvalidInputException;

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
   * @throws InvalidInputException when it is larger than a buffer of the host may be
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
    if (arena.columnBytes() > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          "columns that do not fit on the device go there batch by batch, and "
              + capacity
              + " rows of them take "
              + arena.columnBytes()
              + " bytes, of at most "
              + Integer.MAX_VALUE
              + "; shorten the longest lists, or train with smaller batches");
    }
    Closing made = new Closing();
    made.add(arena);
    try {
      arena.allocate();
      this.staging = made.add(runtime.pin((int) arena.columnBytes(), "the columns of a batch"));
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
  void send(int[] rows, Stream copies, Stream compute) {
    sent.synchronize();
    gather(rows, staging.buffer().clear());
    copies.await(used);
    copies.upload(staging, 0, arena.address(), arena.bytesBeforeIds());
    for (int i = 0; i < columns.fields().size(); i++) {
      if (columns.fields().get(i) instanceof Column.Bags) {
        uploadIds(arena.field(i), rows.length, copies);
      }
    }
    copies.record(sent);
    compute.await(sent);
  }

  /** Copies the ids of so many rows, of which there are fewer than there is room for. */
  private void uploadIds(ColumnArena.Place field, int rows, Stream copies) {
    long ids = staging.buffer().getLong((int) field.offsets() + 8 * rows);
    if (ids > 0) {
      copies.upload(staging, (int) field.values(), arena.address() + field.values(), 4 * ids);
    }
  }

  /** Whether any batch of the columns, as they are now, has room. */
  boolean fits() {
    return arena.fits();
  }

  /** Marks that all that reads the block is queued. */
  void used(Stream compute) {
    compute.record(used);
  }

  /** Each column by a thread of its own, as far as there are any: a batch is computed meanwhile. */
  private void gather(int[] rows, ByteBuffer to) {
    List<Runnable> tasks = new ArrayList<>();
    for (int i = 0; i < columns.fields().size(); i++) {
      Column column = columns.fields().get(i);
      int at = (int) arena.field(i).values();
      if (column instanceof Column.Ids c) {
        tasks.add(() -> gather(c.ids(), rows, to, at));
      } else if (column instanceof Column.Numbers c) {
        tasks.add(() -> gather(c.numbers(), rows, to, at));
      } else if (column instanceof Column.Bags c) {
        int offsets = (int) arena.field(i).offsets();
        tasks.add(() -> gather(c, rows, to, at, offsets));
      }
    }
    tasks.add(() -> gather(columns.domains(), rows, to, (int) arena.domainPlace()));
    if (columns.labels().limit() > 0) {
      tasks.add(() -> gather(columns.labels(), rows, to, (int) arena.labelPlace()));
    }
    if (columns.weighted()) {
      tasks.add(() -> gather(columns.weights(), rows, to, (int) arena.weightPlace()));
    }
    // Failures come back as results: one that was thrown would not wait for the other threads.
    tasks.parallelStream()
        .map(ColumnBlock::failureOf)
        .flatMap(Optional::stream)
        .reduce((first, other) -> first)
        .ifPresent(
            failure -> {
              throw failure;
            });
  }

  private static Optional<RuntimeException> failureOf(Runnable task) {
    try {
      task.run();
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of(e);
    } catch (Error e) {
      return Optional.of(new IllegalStateException("a column could not be read", e));
    }
  }

  private static void gather(IntBuffer from, int[] rows, ByteBuffer to, int at) {
    for (int k = 0; k < rows.length; k++) {
      to.putInt(at + 4 * k, from.get(rows[k]));
    }
  }

  private static void gather(FloatBuffer from, int[] rows, ByteBuffer to, int at) {
    for (int k = 0; k < rows.length; k++) {
      to.putFloat(at + 4 * k, from.get(rows[k]));
    }
  }

  private static void gather(Column.Bags bags, int[] rows, ByteBuffer to, int values, int offsets) {
    int next = 0;
    to.putLong(offsets, 0);
    for (int k = 0; k < rows.length; k++) {
      int own = rows[k];
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
