package org.mlora.backend.reference;

import org.mlora.backend.ColumnChecks;
import org.mlora.backend.Session;
import org.mlora.data.Columns;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;

/** Columns whose every value has been checked against the network. */
final class ReferenceColumns implements Session.Resident {
  private final Network network;
  private final Columns columns;

  /**
   * @throws InvalidShapeException when a column is missing, of the wrong kind or too short
   * @throws org.mlora.error.InvalidInputException when a value is out of its range
   */
  ReferenceColumns(Network network, Columns columns) {
    this.network = network;
    this.columns = columns;
    ColumnChecks.require(network, columns, columns.rows());
  }

  Network network() {
    return network;
  }

  Batch batch(int[] rows) {
    return new Batch(columns, rows);
  }

  Columns columns() {
    return columns;
  }

  @Override
  public int rows() {
    return columns.rows();
  }

  @Override
  public void changed(int rows) {
    ColumnChecks.require(network, columns, rows);
  }

  @Override
  public void close() {}
}
