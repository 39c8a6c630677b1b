package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out = a * b + c. */
record MultiplyAddLayer(Op.MultiplyAdd op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] a = pass.values(op.a());
    double[] b = pass.values(op.b());
    double[] c = pass.values(op.c());
    double[] out = pass.values(op.out());
    for (int i = 0; i < out.length; i++) {
      out[i] = a[i] * b[i] + c[i];
    }
  }

  @Override
  public void backward(Pass pass) {
    double[] a = pass.values(op.a());
    double[] b = pass.values(op.b());
    double[] g = pass.gradients(op.out());
    for (int i = 0; i < g.length; i++) {
      pass.gradients(op.a())[i] += g[i] * b[i];
      pass.gradients(op.b())[i] += g[i] * a[i];
      pass.gradients(op.c())[i] += g[i];
    }
  }
}
