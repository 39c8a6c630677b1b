package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out[i, column + j] = in[i, from + j]. */
record CopyLayer(Op.Copy op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] in = pass.values(op.in());
    double[] out = pass.values(op.out());
    for (int i = 0; i < pass.batch().size(); i++) {
      for (int j = 0; j < op.width(); j++) {
        out[to(i, j)] = in[from(i, j)];
      }
    }
  }

  @Override
  public void backward(Pass pass) {
    double[] dIn = pass.gradients(op.in());
    double[] g = pass.gradients(op.out());
    for (int i = 0; i < pass.batch().size(); i++) {
      for (int j = 0; j < op.width(); j++) {
        dIn[from(i, j)] += g[to(i, j)];
      }
    }
  }

  private int from(int row, int j) {
    return row * op.in().width() + op.from() + j;
  }

  private int to(int row, int j) {
    return row * op.out().width() + op.column() + j;
  }
}
