package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out[pair (f, h)] = e_f · e_h (PNN, ICDM 2016, section III.B). */
record InnerProductsLayer(Op.InnerProducts op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] in = pass.values(op.in());
    double[] out = pass.values(op.out());
    int width = op.in().width() / op.fields();
    int at = 0;
    for (int row = 0; row < in.length; row += op.in().width()) {
      for (int f = 0; f < op.fields(); f++) {
        for (int h = f + 1; h < op.fields(); h++) {
          for (int j = 0; j < width; j++) {
            out[at] += in[row + f * width + j] * in[row + h * width + j];
          }
          at++;
        }
      }
    }
  }

  @Override
  public void backward(Pass pass) {
    double[] in = pass.values(op.in());
    double[] dIn = pass.gradients(op.in());
    double[] g = pass.gradients(op.out());
    int width = op.in().width() / op.fields();
    int at = 0;
    for (int row = 0; row < in.length; row += op.in().width()) {
      for (int f = 0; f < op.fields(); f++) {
        for (int h = f + 1; h < op.fields(); h++) {
          for (int j = 0; j < width; j++) {
            dIn[row + f * width + j] += g[at] * in[row + h * width + j];
            dIn[row + h * width + j] += g[at] * in[row + f * width + j];
          }
          at++;
        }
      }
    }
  }
}
