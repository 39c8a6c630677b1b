package org.mlora.backend;

import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Outcomes;
import org.mlora.error.InvalidInputException;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Input;
import org.mlora.network.Network;

/** Looks at every value of columns before a device that cannot check reads them. */
public final class ColumnChecks {
  private final Columns columns;
  private final int rows;

  private ColumnChecks(Columns columns, int rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /**
   * Returns when the network can read the first rows of the columns.
   *
   * @throws InvalidShapeException when a column is missing, of the wrong kind or too short
   * @throws InvalidInputException when an id, domain, number, label or weight is out of its range
   */
  public static void require(Network network, Columns columns, int rows) {
    new ColumnChecks(columns, rows).require(network);
  }

  private void require(Network network) {
    if (columns.fields().size() != network.inputs().size()) {
      throw new InvalidShapeException(
          "the network reads "
              + network.inputs().size()
              + " columns, the data has "
              + columns.fields().size());
    }
    for (Input input : network.inputs()) {
      requireColumn(input, columns.fields().get(input.index()));
    }
    requireLength("domain", columns.domains().limit(), rows);
    for (int row = 0; row < rows; row++) {
      int domain = columns.domains().get(row);
      if (domain < -1 || domain >= network.domains()) {
        throw new InvalidInputException(
            "row "
                + row
                + ": domain "
                + domain
                + " is not in [0, "
                + network.domains()
                + "), nor -1 for unknown");
      }
    }
    if (columns.labels().limit() > 0) {
      requireLabelValues();
    }
    if (columns.weighted()) {
      requireWeightValues();
    }
  }

  private void requireColumn(Input input, Column column) {
    if (column instanceof Column.Ids c && input.kind() == Input.Kind.ID) {
      requireLength(input.field(), c.ids().limit(), rows);
      for (int row = 0; row < rows; row++) {
        requireId(input, row, c.ids().get(row));
      }
    } else if (column instanceof Column.Bags c && input.kind() == Input.Kind.BAG) {
      requireLength(input.field(), c.offsets().limit(), rows + 1L);
      requireBags(input, c);
    } else if (column instanceof Column.Numbers c && input.kind() == Input.Kind.NUMBER) {
      requireLength(input.field(), c.numbers().limit(), rows);
      for (int row = 0; row < rows; row++) {
        if (!Float.isFinite(c.numbers().get(row))) {
          throw new InvalidInputException(
              "row "
                  + row
                  + ": '"
                  + input.field()
                  + "' is "
                  + c.numbers().get(row)
                  + ", not a finite number");
        }
      }
    } else {
      throw new InvalidShapeException(
          "column '"
              + input.field()
              + "' holds "
              + column.getClass().getSimpleName()
              + ", the network reads "
              + input.kind());
    }
  }

  private void requireBags(Input input, Column.Bags bags) {
    long from = bags.offsets().get(0);
    for (int row = 0; row < rows; row++) {
      long to = bags.offsets().get(row + 1);
      if (from < 0 || to < from || to > bags.ids().limit()) {
        throw new InvalidShapeException(
            "row "
                + row
                + ": the offsets of column '"
                + input.field()
                + "' do not ascend from 0 to at most "
                + bags.ids().limit());
      }
      for (long i = from; i < to; i++) {
        requireId(input, row, bags.ids().get((int) i));
      }
      from = to;
    }
  }

  private void requireLabelValues() {
    requireLength("label", columns.labels().limit(), rows);
    for (int row = 0; row < rows; row++) {
      float label = columns.labels().get(row);
      if (!(label >= 0 && label <= 1)) {
        throw new InvalidInputException("row " + row + ": label " + label + " is not in [0, 1]");
      }
    }
  }

  private void requireWeightValues() {
    requireLength("weight", columns.weights().limit(), rows);
    for (int row = 0; row < rows; row++) {
      float weight = columns.weights().get(row);
      if (!Outcomes.isWeight(weight)) {
        throw new InvalidInputException(
            "row " + row + ": weight " + weight + " is not a finite number of 0 or more");
      }
    }
  }

  private static void requireId(Input input, int row, int id) {
    if (id >= input.idCount()) {
      throw new InvalidInputException(
          "row "
              + row
              + ": id "
              + id
              + " of '"
              + input.field()
              + "' is not below "
              + input.idCount());
    }
  }

  /**
   * Returns when a column has an entry for each row.
   *
   * @throws InvalidShapeException when it is too short
   */
  public static void requireLength(String name, int length, long needed) {
    if (length < needed) {
      throw new InvalidShapeException(
          "column '" + name + "' has " + length + " entries, " + needed + " are needed");
    }
  }
}
