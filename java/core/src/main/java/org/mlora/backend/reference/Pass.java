package org.mlora.backend.reference;

import java.util.List;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Value;

/** One run of a network over a batch: its values, (rows, width) each, and their gradients. */
final class Pass {
  private final Batch batch;
  private final boolean training;
  private final Dropout.Factors dropout;
  private final List<ParameterState> states;
  private final double[][] values;
  private final double[][] gradients;

  /**
   * With all values 0.
   *
   * @param training whether gradients are wanted: rows are then normalized by their batch
   */
  Pass(
      Network network,
      List<ParameterState> states,
      Batch batch,
      boolean training,
      Dropout.Factors dropout) {
    this.batch = batch;
    this.training = training;
    this.dropout = dropout;
    this.states = states;
    this.values = new double[network.values().size()][];
    this.gradients = new double[network.values().size()][];
    for (Value value : network.values()) {
      values[value.index()] = new double[batch.size() * value.width()];
      gradients[value.index()] = new double[batch.size() * value.width()];
    }
  }

  Batch batch() {
    return batch;
  }

  boolean training() {
    return training;
  }

  /** What dropout multiplies units with. */
  Dropout.Factors dropout() {
    return dropout;
  }

  double[] values(Value value) {
    return values[value.index()];
  }

  double[] gradients(Value value) {
    return gradients[value.index()];
  }

  ParameterState state(Parameter parameter) {
    return states.get(parameter.index());
  }
}
