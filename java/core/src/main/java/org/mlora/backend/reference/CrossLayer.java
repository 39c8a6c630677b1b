package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out = x0 (x · w) + b + x (DCN, ADKDD 2017, equation 3). */
record CrossLayer(Op.Cross op) implements Layer {
  @Override
  public void forward(Pass pass) {
    int width = op.out().width();
    double[] start = pass.values(op.start());
    double[] x = pass.values(op.in());
    double[] b = pass.state(op.bias()).value;
    double[] out = pass.values(op.out());
    for (int i = 0; i < out.length; i += width) {
      double s = product(pass, i);
      for (int j = 0; j < width; j++) {
        out[i + j] = start[i + j] * s + b[j] + x[i + j];
      }
    }
  }

  /** ds = g · x0; dx0 += g s, dx += g + ds w, dw += ds x, db += g. */
  @Override
  public void backward(Pass pass) {
    int width = op.out().width();
    double[] start = pass.values(op.start());
    double[] x = pass.values(op.in());
    ParameterState w = pass.state(op.weight());
    ParameterState b = pass.state(op.bias());
    double[] g = pass.gradients(op.out());
    for (int i = 0; i < g.length; i += width) {
      double s = product(pass, i);
      double ds = 0;
      for (int j = 0; j < width; j++) {
        ds += g[i + j] * start[i + j];
      }
      for (int j = 0; j < width; j++) {
        pass.gradients(op.start())[i + j] += g[i + j] * s;
        pass.gradients(op.in())[i + j] += g[i + j] + ds * w.value[j];
        w.gradient[j] += ds * x[i + j];
        b.gradient[j] += g[i + j];
      }
    }
  }

  private double product(Pass pass, int row) {
    double[] x = pass.values(op.in());
    double[] w = pass.state(op.weight()).value;
    double s = 0;
    for (int j = 0; j < w.length; j++) {
      s += x[row + j] * w[j];
    }
    return s;
  }
}
