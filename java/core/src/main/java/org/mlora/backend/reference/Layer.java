package org.mlora.backend.reference;

import org.mlora.network.Op;

/** How an op runs. */
interface Layer {
  /** Writes the op's value. */
  void forward(Pass pass);

  /** Adds to the gradients of what the op reads, from the gradient of what it writes. */
  void backward(Pass pass);

  static Layer of(Op op) {
    if (op instanceof Op.Lookup lookup) {
      return new LookupLayer(lookup);
    } else if (op instanceof Op.BagLookup lookup) {
      return new BagLookupLayer(lookup);
    } else if (op instanceof Op.Scale scale) {
      return new ScaleLayer(scale);
    } else if (op instanceof Op.Dense dense) {
      return new DenseLayer(dense);
    }
    throw new IllegalArgumentException("the reference backend does not know the op " + op);
  }
}
