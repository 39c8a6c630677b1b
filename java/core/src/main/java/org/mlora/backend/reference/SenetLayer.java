package org.mlora.backend.reference;

import org.mlora.network.Op;

/**
 * out_f = a_f e_f, a = relu(relu(z W1) W2), z_f = mean of e_f (FiBiNET, RecSys 2019, section 3.2).
 */
record SenetLayer(Op.Senet op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] in = pass.values(op.in());
    double[] out = pass.values(op.out());
    for (int row = 0; row < in.length; row += op.in().width()) {
      double[] a = new Weighing(pass, row).a;
      for (int j = 0; j < op.in().width(); j++) {
        out[row + j] = a[j / width()] * in[row + j];
      }
    }
  }

  @Override
  public void backward(Pass pass) {
    for (int row = 0; row < pass.values(op.in()).length; row += op.in().width()) {
      backward(pass, row, new Weighing(pass, row));
    }
  }

  private void backward(Pass pass, int row, Weighing now) {
    double[] in = pass.values(op.in());
    double[] dIn = pass.gradients(op.in());
    double[] g = pass.gradients(op.out());
    ParameterState squeeze = pass.state(op.squeeze());
    ParameterState excite = pass.state(op.excite());
    int reduced = now.h.length;
    double[] dh = new double[reduced];
    for (int f = 0; f < op.fields(); f++) {
      double da = 0;
      for (int j = f * width(); j < (f + 1) * width(); j++) {
        dIn[row + j] += now.a[f] * g[row + j];
        da += g[row + j] * in[row + j];
      }
      for (int r = 0; r < reduced && now.a[f] > 0; r++) {
        excite.gradient[r * op.fields() + f] += now.h[r] * da;
        dh[r] += excite.value[r * op.fields() + f] * da;
      }
    }
    for (int f = 0; f < op.fields(); f++) {
      double dz = 0;
      for (int r = 0; r < reduced; r++) {
        if (now.h[r] > 0) {
          squeeze.gradient[f * reduced + r] += now.z[f] * dh[r];
          dz += squeeze.value[f * reduced + r] * dh[r];
        }
      }
      for (int j = f * width(); j < (f + 1) * width(); j++) {
        dIn[row + j] += dz / width();
      }
    }
  }

  private int width() {
    return op.in().width() / op.fields();
  }

  /** The means z of one row, what is squeezed from them, and the weights of the fields. */
  private final class Weighing {
    final double[] z = new double[op.fields()];
    final double[] h = new double[(int) op.squeeze().size() / op.fields()];
    final double[] a = new double[op.fields()];

    Weighing(Pass pass, int row) {
      double[] in = pass.values(op.in());
      for (int j = 0; j < op.in().width(); j++) {
        z[j / width()] += in[row + j] / width();
      }
      multiply(z, pass.state(op.squeeze()).value, h);
      multiply(h, pass.state(op.excite()).value, a);
    }

    private static void multiply(double[] x, double[] w, double[] out) {
      for (int u = 0; u < out.length; u++) {
        double sum = 0;
        for (int k = 0; k < x.length; k++) {
          sum += x[k] * w[k * out.length + u];
        }
        out[u] = Math.max(sum, 0);
      }
    }
  }
}
