package org.mlora.backend.reference;

import java.util.Arrays;
import org.mlora.network.Activation;
import org.mlora.network.Adapter;
import org.mlora.network.Op;

/** out_i = activation(m_i (x_i W + b) + x_i A_d B_d + c_d), m the dropout factors (spec §3). */
record DenseLayer(Op.Dense op) implements Layer {
  @Override
  public void forward(Pass pass) {
    int in = op.in().width();
    int out = op.out().width();
    double[] x = new double[in];
    double[] sum = new double[out];
    for (int i = 0; i < pass.batch().size(); i++) {
      System.arraycopy(pass.values(op.in()), i * in, x, 0, in);
      shared(pass, i, x, sum);
      int domain = pass.batch().domain(i);
      if (op.adapter().isPresent() && domain >= 0) {
        AdapterTerm.add(pass, op.adapter().get(), domain, x, sum);
      }
      for (int u = 0; u < out; u++) {
        boolean off = op.activation() == Activation.RELU && sum[u] < 0;
        pass.values(op.out())[i * out + u] = off ? 0 : sum[u];
      }
    }
  }

  private void shared(Pass pass, int i, double[] x, double[] sum) {
    double[] w = pass.state(op.weight()).value;
    double[] b = pass.state(op.bias()).value;
    for (int u = 0; u < sum.length; u++) {
      double z = b[u];
      for (int k = 0; k < x.length; k++) {
        z += x[k] * w[k * sum.length + u];
      }
      sum[u] = factor(pass, i, u) * z;
    }
  }

  @Override
  public void backward(Pass pass) {
    int in = op.in().width();
    int out = op.out().width();
    double[] x = new double[in];
    double[] dx = new double[in];
    double[] g = new double[out];
    for (int i = 0; i < pass.batch().size(); i++) {
      System.arraycopy(pass.values(op.in()), i * in, x, 0, in);
      for (int u = 0; u < out; u++) {
        boolean off = op.activation() == Activation.RELU && pass.values(op.out())[i * out + u] <= 0;
        g[u] = off ? 0 : pass.gradients(op.out())[i * out + u];
      }
      Arrays.fill(dx, 0);
      sharedBackward(pass, i, x, g, dx);
      int domain = pass.batch().domain(i);
      if (op.adapter().isPresent() && domain >= 0) {
        Adapter adapter = op.adapter().get();
        AdapterTerm.backward(pass, adapter, domain, x, g, dx);
      }
      for (int k = 0; k < in; k++) {
        pass.gradients(op.in())[i * in + k] += dx[k];
      }
    }
  }

  private void sharedBackward(Pass pass, int i, double[] x, double[] g, double[] dx) {
    ParameterState w = pass.state(op.weight());
    ParameterState b = pass.state(op.bias());
    for (int u = 0; u < g.length; u++) {
      double dz = factor(pass, i, u) * g[u];
      b.gradient[u] += dz;
      for (int k = 0; k < x.length; k++) {
        w.gradient[k * g.length + u] += x[k] * dz;
        dx[k] += w.value[k * g.length + u] * dz;
      }
    }
  }

  private double factor(Pass pass, int row, int unit) {
    return op.dropout() == 0
        ? 1
        : pass.dropout().factor(op.stream(), op.dropout(), row, unit, op.out().width());
  }
}
