package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out[i, g] = sum over j of in[i, g * size + j]. */
record SumGroupsLayer(Op.SumGroups op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] in = pass.values(op.in());
    double[] out = pass.values(op.out());
    int size = op.in().width() / op.out().width();
    for (int i = 0; i < in.length; i++) {
      out[i / size] += in[i];
    }
  }

  @Override
  public void backward(Pass pass) {
    double[] dIn = pass.gradients(op.in());
    double[] g = pass.gradients(op.out());
    int size = op.in().width() / op.out().width();
    for (int i = 0; i < dIn.length; i++) {
      dIn[i] += g[i / size];
    }
  }
}
