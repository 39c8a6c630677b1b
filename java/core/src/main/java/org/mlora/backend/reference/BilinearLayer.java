package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out[pair (f, h)] = (e_f W) * e_h, W as the sharing says (FiBiNET, RecSys 2019, section 3.3). */
record BilinearLayer(Op.Bilinear op) implements Layer {
  @Override
  public void forward(Pass pass) {
    eachPair(pass, (left, right, matrix, out) -> forward(pass, left, right, matrix, out));
  }

  @Override
  public void backward(Pass pass) {
    eachPair(pass, (left, right, matrix, out) -> backward(pass, left, right, matrix, out));
  }

  private void forward(Pass pass, int left, int right, int matrix, int out) {
    double[] in = pass.values(op.in());
    double[] projected = projected(pass, left, matrix);
    for (int j = 0; j < projected.length; j++) {
      pass.values(op.out())[out + j] = projected[j] * in[right + j];
    }
  }

  /** With t = g * e_h: dW += e_fᵀ t, de_f += t Wᵀ; and de_h += g * (e_f W). */
  private void backward(Pass pass, int left, int right, int matrix, int out) {
    double[] in = pass.values(op.in());
    double[] dIn = pass.gradients(op.in());
    double[] g = pass.gradients(op.out());
    ParameterState w = pass.state(op.weights().get(matrix));
    double[] projected = projected(pass, left, matrix);
    int width = projected.length;
    for (int j = 0; j < width; j++) {
      double t = g[out + j] * in[right + j];
      dIn[right + j] += g[out + j] * projected[j];
      for (int k = 0; k < width; k++) {
        w.gradient[k * width + j] += in[left + k] * t;
        dIn[left + k] += w.value[k * width + j] * t;
      }
    }
  }

  private double[] projected(Pass pass, int left, int matrix) {
    double[] in = pass.values(op.in());
    double[] w = pass.state(op.weights().get(matrix)).value;
    double[] projected = new double[width()];
    for (int k = 0; k < projected.length; k++) {
      for (int j = 0; j < projected.length; j++) {
        projected[j] += in[left + k] * w[k * projected.length + j];
      }
    }
    return projected;
  }

  private int width() {
    return op.in().width() / op.fields();
  }

  private void eachPair(Pass pass, Pairs body) {
    int width = width();
    int out = 0;
    for (int i = 0; i < pass.batch().size(); i++) {
      int row = i * op.in().width();
      int pair = 0;
      for (int f = 0; f < op.fields(); f++) {
        for (int h = f + 1; h < op.fields(); h++) {
          int matrix = op.sharing().matrix(f, pair);
          body.accept(row + f * width, row + h * width, matrix, out);
          out += width;
          pair++;
        }
      }
    }
  }

  /** Takes where the two embeddings and their interaction begin, and the matrix between them. */
  private interface Pairs {
    void accept(int left, int right, int matrix, int out);
  }
}
