package org.mlora.cuda.engine;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Value;
import org.mlora.train.Optimization;

/** One op of a network, or some that go in one launch, laid out for batches of one capacity. */
interface Layer {
  List<? extends Op> ops();

  /** The parameters it reads, tables of embeddings among them. */
  default List<Parameter> parameters() {
    return List.of();
  }

  /** Where its backward pass leaves gradients of parameters, of all but tables. */
  default List<GradientSum> sums() {
    return List.of();
  }

  /** Queues what it computes. */
  void forward(Site site);

  /** Queues gradients of what it reads and of its parameters, as far as they are wanted. */
  void backward(Site site, Gradients gradients);

  /**
   * Queues what a step moves besides what has gradients, after the forward pass.
   *
   * @param beside gives a lane that only the end of the step waits for
   */
  default void moveStatistics(
      Supplier<Site> beside, Function<Parameter, Optimization.Rule> rules) {}

  /** The values it reads. */
  default List<Value> reads() {
    return ops().stream().flatMap(op -> Reads.of(op).stream()).distinct().toList();
  }

  /** The values it gives gradients to. */
  default List<Value> passesTo() {
    return reads();
  }

  /** The values it writes, or parts of them. */
  default List<Value> writes() {
    return ops().stream().map(Op::out).distinct().map(Value.class::cast).toList();
  }
}
