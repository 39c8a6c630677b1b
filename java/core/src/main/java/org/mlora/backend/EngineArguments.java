package org.mlora.backend;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.mlora.backend.Engine.Slot;
import org.mlora.data.Columns;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.random.RowOrder;
import org.mlora.random.Shuffle;
import org.mlora.train.Optimization;

/** Checks of what an engine of any backend is called with. */
public final class EngineArguments {
  private EngineArguments() {}

  /**
   * A slice of a parameter of the network, for values or from them.
   *
   * @throws InvalidShapeException where it is outside
   */
  public static void requireSlice(
      Network network, Parameter parameter, Slot slot, long offset, FloatBuffer values) {
    int index = parameter.index();
    List<Parameter> own = network.parameters();
    if (index < 0 || index >= own.size() || !own.get(index).equals(parameter)) {
      throw new InvalidShapeException(
          "the network has no parameter '" + parameter.name() + "' at index " + index);
    }
    if (offset < 0 || offset > parameter.size() - values.remaining()) {
      throw new InvalidShapeException(
          values.remaining()
              + " values from "
              + offset
              + " are outside "
              + slot
              + " of '"
              + parameter.name()
              + "', which has "
              + parameter.size());
    }
  }

  /**
   * A rule for each parameter, of rows that it has.
   *
   * @throws InvalidShapeException where they do not fit the network
   */
  public static void requireFit(Network network, Optimization optimization) {
    List<Optimization.Rule> rules = optimization.rules();
    if (rules.size() != network.parameters().size()) {
      throw new InvalidShapeException(
          "the network has "
              + network.parameters().size()
              + " parameters, the optimization has rules for "
              + rules.size());
    }
    for (Parameter p : network.parameters()) {
      Optimization.Rule rule = rules.get(p.index());
      if (rule.firstRow() < 0
          || rule.rowCount() < 0
          || rule.firstRow() > p.rows() - rule.rowCount()) {
        throw new InvalidShapeException(
            "the rule trains "
                + rule.rowCount()
                + " rows from "
                + rule.firstRow()
                + " of '"
                + p.name()
                + "', which has "
                + p.rows());
      }
    }
  }

  /**
   * Rows with labels, at least one.
   *
   * @throws InvalidShapeException where there are no labels, no rows, or rows outside the data
   */
  public static void requireTrainable(Columns columns, RowOrder order) {
    if (columns.labels().limit() == 0) {
      throw new InvalidShapeException("the data has no labels to train on");
    }
    if (order.size() == 0) {
      throw new InvalidShapeException("no rows are given to train on");
    }
    if (order instanceof Shuffle && order.size() <= columns.rows()) {
      return;
    }
    for (int place = 0; place < order.size(); place++) {
      int row = order.row(place);
      if (row < 0 || row >= columns.rows()) {
        throw new InvalidShapeException(
            "row " + row + " is not among the " + columns.rows() + " rows of the data");
      }
    }
  }

  /**
   * Rows {@code [from, from + count)} of the data.
   *
   * @throws InvalidShapeException where they are outside
   */
  public static void requireRange(Columns columns, int from, int count) {
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

  /**
   * A range of the order of so many rows.
   *
   * @throws InvalidShapeException where it is outside
   */
  public static void requireStep(int from, int count, int rows) {
    if (from < 0 || count < 1 || from > rows - count) {
      throw new InvalidShapeException(
          "a step on ["
              + from
              + ", "
              + ((long) from + count)
              + ") is outside the order of "
              + rows
              + " rows");
    }
  }

  /**
   * A buffer for so many numbers, or an empty one, which wants none.
   *
   * @throws InvalidShapeException where it has no room or another byte order, or is read-only
   */
  public static void requireRoom(String what, FloatBuffer target, int count) {
    if (target.capacity() > 0) {
      if (target.remaining() < count) {
        throw new InvalidShapeException(
            "the buffer for " + what + " has no room for " + count + " numbers");
      }
      requireWritable(what, target);
    }
    if (target.order() != ByteOrder.nativeOrder()) {
      throw new InvalidShapeException("the buffer for " + what + " is not in native byte order");
    }
  }

  /**
   * The same of a buffer that values are read into.
   *
   * @throws InvalidShapeException where it is not, or is read-only
   */
  public static void requireTarget(
      Network network, Parameter parameter, Slot slot, long offset, FloatBuffer target) {
    requireSlice(network, parameter, slot, offset, target);
    requireWritable("values", target);
  }

  /**
   * A buffer that may be written to. A device that has its address would write to it all the same.
   *
   * @throws InvalidShapeException where it is read-only
   */
  public static void requireWritable(String what, FloatBuffer target) {
    if (target.isReadOnly()) {
      throw new InvalidShapeException("the buffer for " + what + " is read-only");
    }
  }
}
