package org.mlora.cuda.engine;

import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.mlora.backend.ColumnChecks;
import org.mlora.backend.Engine;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;

/** Columns that lie on the device, with every value checked. */
final class DeviceColumns implements Engine.Resident {
  private final CudaEngine engine;
  private final Network network;
  private final Columns columns;
  private final Transfers transfers;
  private final Arena arena;
  private final List<Place> fields = new ArrayList<>();
  private final long domains;
  private final long labels;
  private final long predictions;
  private boolean changed;
  private boolean closed;

  /**
   * Where a field lies.
   *
   * @param values ids or numbers
   * @param offsets of bags
   */
  private record Place(long values, long offsets) {}

  /**
   * Copies the columns to the device.
   *
   * @throws InvalidShapeException when a column is missing, of the wrong kind or too short
   * @throws org.mlora.error.InvalidInputException when a value is out of its range
   * @throws org.mlora.error.OutOfDeviceMemoryException when the device has no room for them
   */
  DeviceColumns(
      CudaEngine engine,
      Network network,
      DeviceRuntime runtime,
      Transfers transfers,
      Columns columns) {
    ColumnChecks.require(network, columns);
    this.engine = engine;
    this.network = network;
    this.columns = columns;
    this.transfers = transfers;
    this.arena = new Arena(runtime, "a data set of " + columns.rows() + " rows");
    for (Column column : columns.fields()) {
      fields.add(reserve(column));
    }
    this.domains = arena.reserve(4L * columns.rows());
    this.labels = arena.reserve(4L * columns.labels().limit());
    this.predictions = arena.reserve(8L * columns.rows());
    arena.allocate();
    try {
      upload();
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private Place reserve(Column column) {
    if (column instanceof Column.Bags bags) {
      long ids = arena.reserve(4L * bags.ids().limit());
      return new Place(ids, arena.reserve(8L * (columns.rows() + 1)));
    }
    return new Place(arena.reserve(4L * columns.rows()), 0);
  }

  private void upload() {
    for (int i = 0; i < fields.size(); i++) {
      Place place = fields.get(i);
      Column column = columns.fields().get(i);
      if (column instanceof Column.Ids c) {
        transfers.upload(c.ids().slice(0, columns.rows()), arena.at(place.values));
      } else if (column instanceof Column.Numbers c) {
        transfers.upload(c.numbers().slice(0, columns.rows()), arena.at(place.values));
      } else if (column instanceof Column.Bags c) {
        transfers.upload(c.ids().slice(0, c.ids().limit()), arena.at(place.values));
        transfers.upload(c.offsets().slice(0, columns.rows() + 1), arena.at(place.offsets));
      }
    }
    transfers.upload(columns.domains().slice(0, columns.rows()), arena.at(domains));
    if (hasLabels()) {
      transfers.upload(columns.labels().slice(0, columns.rows()), arena.at(labels));
    }
  }

  @Override
  public int rows() {
    return columns.rows();
  }

  @Override
  public void changed() {
    changed = true;
  }

  /** Brings the device's copy up to date. */
  void refresh() {
    if (closed) {
      throw new IllegalStateException("the columns are used after they were closed");
    }
    if (changed) {
      ColumnChecks.require(network, columns);
      upload();
      changed = false;
    }
  }

  boolean isOf(CudaEngine engine) {
    return this.engine == engine;
  }

  boolean hasLabels() {
    return columns.labels().limit() > 0;
  }

  void requireLabels() {
    if (!hasLabels()) {
      throw new InvalidShapeException("the data has no labels to train on");
    }
  }

  void requireRows(int[] rows) {
    if (rows.length == 0) {
      throw new InvalidShapeException("no rows are given to train on");
    }
    for (int row : rows) {
      if (row < 0 || row >= columns.rows()) {
        throw new InvalidShapeException(
            "row " + row + " is not among the " + columns.rows() + " rows of the data");
      }
    }
  }

  void requireRange(int from, int count) {
    if (from < 0 || count < 0 || from > columns.rows() - count) {
      throw new InvalidShapeException(
          "rows ["
              + from
              + ", "
              + ((long) from + count)
              + ") are not among the "
              + columns.rows()
              + " rows of the data");
    }
  }

  /** Address of a field's ids or numbers. */
  long values(int input) {
    return arena.at(fields.get(input).values);
  }

  /** Address of a field's offsets. */
  long offsets(int input) {
    return arena.at(fields.get(input).offsets);
  }

  long domains() {
    return arena.at(domains);
  }

  long labels() {
    return arena.at(labels);
  }

  /** Where the logits of all rows go. */
  long logits() {
    return arena.at(predictions);
  }

  /** Where the probabilities of all rows go. */
  long probabilities() {
    return arena.at(predictions) + 4L * columns.rows();
  }

  /** Most ids that bags of {@code count} rows, whichever they are, can hold. */
  long mostIds(int input, int count) {
    LongBuffer offsets = ((Column.Bags) columns.fields().get(input)).offsets();
    long[] lengths = new long[columns.rows()];
    for (int row = 0; row < lengths.length; row++) {
      lengths[row] = offsets.get(row + 1) - offsets.get(row);
    }
    Arrays.sort(lengths);
    long sum = 0;
    for (int i = Math.max(0, lengths.length - count); i < lengths.length; i++) {
      sum += lengths[i];
    }
    return sum;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      engine.forget(this);
      arena.close();
    }
  }
}
