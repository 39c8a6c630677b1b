package org.mlora.backend.reference;

import java.util.Arrays;
import org.mlora.network.Op;
import org.mlora.network.Softmax;

/** out = sum over e of p_e x_e, p = softmax(gate) (MMoE, KDD 2018, equations 6 and 7). */
record MixtureLayer(Op.Mixture op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] experts = pass.values(op.experts());
    double[] out = pass.values(op.out());
    int width = op.out().width();
    for (int i = 0; i < pass.batch().size(); i++) {
      double[] p = shares(pass, i);
      for (int e = 0; e < p.length; e++) {
        for (int j = 0; j < width; j++) {
          out[i * width + j] += p[e] * experts[(i * p.length + e) * width + j];
        }
      }
    }
  }

  /** dx_e = p_e g; with d_e = g · x_e, dgate_e = p_e (d_e - sum p d). */
  @Override
  public void backward(Pass pass) {
    double[] experts = pass.values(op.experts());
    double[] dExperts = pass.gradients(op.experts());
    double[] g = pass.gradients(op.out());
    int width = op.out().width();
    for (int i = 0; i < pass.batch().size(); i++) {
      double[] p = shares(pass, i);
      double[] d = new double[p.length];
      double mean = 0;
      for (int e = 0; e < p.length; e++) {
        for (int j = 0; j < width; j++) {
          int at = (i * p.length + e) * width + j;
          d[e] += g[i * width + j] * experts[at];
          dExperts[at] += p[e] * g[i * width + j];
        }
        mean += p[e] * d[e];
      }
      for (int e = 0; e < p.length; e++) {
        pass.gradients(op.gate())[i * p.length + e] += p[e] * (d[e] - mean);
      }
    }
  }

  private double[] shares(Pass pass, int row) {
    int experts = op.gate().width();
    double[] p = Arrays.copyOfRange(pass.values(op.gate()), row * experts, (row + 1) * experts);
    Softmax.apply(p);
    return p;
  }
}
