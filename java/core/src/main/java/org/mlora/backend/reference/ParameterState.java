package org.mlora.backend.reference;

import java.util.Arrays;
import org.mlora.backend.Engine;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.network.Parameter;
import org.mlora.network.RowKind;
import org.mlora.train.Optimization;

/** A parameter's values, moments and gradients. */
final class ParameterState {
  private final Parameter parameter;
  final double[] value;
  final double[] first;
  final double[] second;
  final double[] gradient;

  /** Whether the batch used a row. */
  private final boolean[] touched;

  /**
   * All zero.
   *
   * @throws OutOfDeviceMemoryException when the parameter is too large for a Java array
   */
  ParameterState(Parameter parameter) {
    this.parameter = parameter;
    if (parameter.size() > Integer.MAX_VALUE - 8) {
      throw new OutOfDeviceMemoryException(
          "'"
              + parameter.name()
              + "' has "
              + parameter.size()
              + " values, more than the reference backend can hold; use the CPU backend");
    }
    int size = (int) parameter.size();
    this.value = new double[size];
    this.first = new double[size];
    this.second = new double[size];
    this.gradient = new double[size];
    this.touched = new boolean[parameter.rows()];
  }

  Parameter parameter() {
    return parameter;
  }

  double[] slot(Engine.Slot slot) {
    return switch (slot) {
      case VALUE -> value;
      case FIRST_MOMENT -> first;
      case SECOND_MOMENT_ROOT -> second;
      case GRADIENT -> gradient;
    };
  }

  /** Notes that the batch uses a row, and gives the index of the row's first value. */
  int touch(int row) {
    touched[row] = true;
    return row * parameter.rowSize();
  }

  boolean touched(int row) {
    return parameter.rowKind() == RowKind.WHOLE || touched[row];
  }

  void resetMoments(double initial) {
    Arrays.fill(first, initial);
    Arrays.fill(second, 0);
  }

  void clearGradients() {
    Arrays.fill(gradient, 0);
    Arrays.fill(touched, false);
  }

  /** Adds the gradient 2 lambda w of the penalty on the trained rows. */
  void addPenalty(Optimization.Rule rule) {
    if (rule.l2() == 0) {
      return;
    }
    int from = rule.firstRow() * parameter.rowSize();
    int to = from + rule.rowCount() * parameter.rowSize();
    for (int i = from; i < to; i++) {
      gradient[i] += 2 * rule.l2() * value[i];
    }
  }
}
