package org.mlora.backend;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.mlora.backend.Engine.Slot;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;
import org.mlora.network.Parameter;

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
   * @throws InvalidShapeException where it has no room or another byte order
   */
  public static void requireRoom(String what, FloatBuffer target, int count) {
    if (target.capacity() > 0 && (target.remaining() < count || target.isReadOnly())) {
      throw new InvalidShapeException(
          "the buffer for " + what + " has no room for " + count + " numbers");
    }
    if (target.order() != ByteOrder.nativeOrder()) {
      throw new InvalidShapeException("the buffer for " + what + " is not in native byte order");
    }
  }
}
