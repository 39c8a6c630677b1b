package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out[j] = ((sum over f of e_f[j])² - sum over f of e_f[j]²) / 2 (NFM, SIGIR 2017, equation 4). */
record BiInteractionLayer(Op.BiInteraction op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] in = pass.values(op.in());
    double[] out = pass.values(op.out());
    int width = op.out().width();
    for (int i = 0; i < out.length; i++) {
      double squares = 0;
      for (int f = 0; f < op.fields(); f++) {
        double e = in[at(i, f, width)];
        squares += e * e;
      }
      double sum = sum(in, i, width);
      out[i] = 0.5 * (sum * sum - squares);
    }
  }

  /** de_f += g * (sum e - e_f). */
  @Override
  public void backward(Pass pass) {
    double[] in = pass.values(op.in());
    double[] dIn = pass.gradients(op.in());
    double[] g = pass.gradients(op.out());
    int width = op.out().width();
    for (int i = 0; i < g.length; i++) {
      double sum = sum(in, i, width);
      for (int f = 0; f < op.fields(); f++) {
        int at = at(i, f, width);
        dIn[at] += g[i] * (sum - in[at]);
      }
    }
  }

  private double sum(double[] in, int i, int width) {
    double sum = 0;
    for (int f = 0; f < op.fields(); f++) {
      sum += in[at(i, f, width)];
    }
    return sum;
  }

  /** Where field f has the column that place i of the output has. */
  private int at(int i, int f, int width) {
    return (i / width * op.fields() + f) * width + i % width;
  }
}
