package org.mlora.backend.reference;

import org.mlora.network.Activation;
import org.mlora.network.Op;

/** out = activation(a + b). */
record AddLayer(Op.Add op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] a = pass.values(op.a());
    double[] b = pass.values(op.b());
    double[] out = pass.values(op.out());
    for (int i = 0; i < out.length; i++) {
      double sum = a[i] + b[i];
      out[i] = op.activation() == Activation.RELU && sum < 0 ? 0 : sum;
    }
  }

  @Override
  public void backward(Pass pass) {
    double[] out = pass.values(op.out());
    double[] g = pass.gradients(op.out());
    for (int i = 0; i < g.length; i++) {
      if (op.activation() == Activation.NONE || out[i] > 0) {
        pass.gradients(op.a())[i] += g[i];
        pass.gradients(op.b())[i] += g[i];
      }
    }
  }
}
