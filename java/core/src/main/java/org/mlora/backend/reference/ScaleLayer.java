package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out[i, column + j] = number_i vector[j]. */
record ScaleLayer(Op.Scale op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] vector = pass.state(op.vector()).value;
    double[] out = pass.values(op.out());
    for (int i = 0; i < pass.batch().size(); i++) {
      double number = pass.batch().number(op.input(), i);
      for (int j = 0; j < vector.length; j++) {
        out[i * op.out().width() + op.column() + j] = number * vector[j];
      }
    }
  }

  @Override
  public void backward(Pass pass) {
    double[] dVector = pass.state(op.vector()).gradient;
    double[] g = pass.gradients(op.out());
    for (int i = 0; i < pass.batch().size(); i++) {
      double number = pass.batch().number(op.input(), i);
      for (int j = 0; j < dVector.length; j++) {
        dVector[j] += number * g[i * op.out().width() + op.column() + j];
      }
    }
  }
}
