package org.mlora.network;

import java.util.Optional;

/**
 * One step of a network, at the level of layers. Each backend knows how to run every op forward and
 * backward; a model is written once as a list of ops. Gradients of a value that several ops read
 * add up in the reverse order of the ops.
 */
public sealed interface Op {
  /** The value it writes (for embeddings, a slice of it). */
  Value out();

  /**
   * Embedding of an id: {@code out[:, column .. column + width) = table[id]}, zeros for a negative
   * id. {@code input} is an index into {@link Network#inputs()}, or {@link Network#DOMAIN} for the
   * domain of the row.
   *
   * @param table (ids, width)
   */
  record Lookup(int input, Parameter table, Value out, int column) implements Op {}

  /**
   * Embedding of a list of ids, pooled; an empty list gives zeros.
   *
   * @param table (ids, width)
   */
  record BagLookup(int input, Parameter table, Pooling pooling, Value out, int column)
      implements Op {}

  /**
   * Embedding of a number: {@code out[:, column ..) = number * vector}.
   *
   * @param vector (width)
   */
  record Scale(int input, Parameter vector, Value out, int column) implements Op {}

  /**
   * Dense layer: {@code out = activation(dropout(in W + b) + in A_d B_d + c_d)} (spec §3). Dropout
   * scales kept values by 1 / keep and acts on the shared branch only, in training only.
   *
   * @param weight W, (in, out)
   * @param bias b, (out)
   * @param dropout probability of dropping, in [0, 1)
   * @param stream number of this layer's dropout stream, see {@link org.mlora.random.Philox}
   */
  record Dense(
      Value in,
      Parameter weight,
      Parameter bias,
      Optional<Adapter> adapter,
      Activation activation,
      double dropout,
      int stream,
      Value out)
      implements Op {}
}
