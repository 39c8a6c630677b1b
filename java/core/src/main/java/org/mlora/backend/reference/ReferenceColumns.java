package org.mlora.backend.reference;

import org.mlora.backend.ColumnChecks;
import org.mlora.backend.Engine;
import org.mlora.data.Columns;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;

/** Columns whose every value has been checked against the network. */
final class ReferenceColumns implements Engine.Resident {
  private final Network network;
  private final Columns columns;

  /**
   * @throws InvalidShapeException when a column is missing, of the wrong kind or too short
   * @throws org.mlora.error.InvalidInputException when a value is out of its range
   */
  ReferenceColumns(Network network, Columns columns) {
    this.network = network;
    this.columns = columns;
    ColumnChecks.require(network, columns);
  }

  Network network() {
    return network;
  }

  Batch batch(int[] rows) {
    return new Batch(columns, rows);
  }

  void requireLabels() {
    if (columns.labels().limit() == 0) {
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

  @Override
  public int rows() {
    return columns.rows();
  }

  @Override
  public void close() {}
}
