package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out_j = w_g in_j, w_g = factor sigmoid(steepness gate_g), 0 below the threshold. */
record GateLayer(Op.Gate op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] in = pass.values(op.in());
    double[] gate = pass.values(op.gate());
    int size = op.in().width() / op.gate().width();
    for (int i = 0; i < in.length; i++) {
      pass.values(op.out())[i] = weight(gate[i / size]) * in[i];
    }
  }

  /** din = w g; dgate = sum of g in over the group times dw, 0 where w is cut. */
  @Override
  public void backward(Pass pass) {
    double[] in = pass.values(op.in());
    double[] gate = pass.values(op.gate());
    double[] g = pass.gradients(op.out());
    int size = op.in().width() / op.gate().width();
    for (int i = 0; i < in.length; i++) {
      double w = weight(gate[i / size]);
      pass.gradients(op.in())[i] += w * g[i];
      pass.gradients(op.gate())[i / size] +=
          g[i] * in[i] * op.steepness() * w * (1 - w / op.factor());
    }
  }

  private double weight(double gate) {
    double w = op.factor() / (1 + Math.exp(-op.steepness() * gate));
    return w < op.threshold() ? 0 : w;
  }
}
