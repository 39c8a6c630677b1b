package org.mlora.backend.reference;

import org.mlora.network.Activation;
import org.mlora.network.Op;

/**
 * out_i = activation(x_i (W * W_d) + b + b_d), d the row's domain (STAR, CIKM 2021, equation 6).
 */
record DomainDenseLayer(Op.DomainDense op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] x = pass.values(op.in());
    int in = op.in().width();
    int out = op.out().width();
    for (int i = 0; i < pass.batch().size(); i++) {
      Weights weights = new Weights(pass, pass.batch().domain(i));
      for (int u = 0; u < out; u++) {
        double sum = weights.bias(u);
        for (int k = 0; k < in; k++) {
          sum += x[i * in + k] * weights.weight(k, u);
        }
        boolean off = op.activation() == Activation.RELU && sum < 0;
        pass.values(op.out())[i * out + u] = off ? 0 : sum;
      }
    }
  }

  @Override
  public void backward(Pass pass) {
    int out = op.out().width();
    for (int i = 0; i < pass.batch().size(); i++) {
      Weights weights = new Weights(pass, pass.batch().domain(i));
      weights.touch();
      for (int u = 0; u < out; u++) {
        boolean off = op.activation() == Activation.RELU && pass.values(op.out())[i * out + u] <= 0;
        if (!off) {
          weights.backward(pass, i, u, pass.gradients(op.out())[i * out + u]);
        }
      }
    }
  }

  /** The weights of one domain, where they are, and those all domains share. */
  private final class Weights {
    private final int domain;
    private final ParameterState own;
    private final ParameterState ownBias;
    private final boolean shares = op.shared().isPresent();
    private final ParameterState shared;
    private final ParameterState sharedBias;

    Weights(Pass pass, int domain) {
      this.domain = domain;
      own = pass.state(op.weight());
      ownBias = pass.state(op.bias());
      shared = op.shared().map(s -> pass.state(s.weight())).orElse(own);
      sharedBias = op.shared().map(s -> pass.state(s.bias())).orElse(ownBias);
    }

    double weight(int k, int u) {
      int at = k * op.out().width() + u;
      return common(shared, at) * own(at, 1);
    }

    double bias(int u) {
      double b = domain < 0 ? 0 : ownBias.value[domain * op.out().width() + u];
      return shares ? b + sharedBias.value[u] : b;
    }

    /** The batch uses the domain's rows, also where no unit is on. */
    void touch() {
      if (domain >= 0) {
        own.touch(domain);
        ownBias.touch(domain);
      }
    }

    /** Takes the gradient g of the sum of unit u of a row. */
    void backward(Pass pass, int row, int u, double g) {
      int in = op.in().width();
      if (domain >= 0) {
        ownBias.gradient[ownBias.touch(domain) + u] += g;
      }
      if (shares) {
        sharedBias.gradient[u] += g;
      }
      for (int k = 0; k < in; k++) {
        int at = k * op.out().width() + u;
        double dw = pass.values(op.in())[row * in + k] * g;
        pass.gradients(op.in())[row * in + k] += weight(k, u) * g;
        if (domain >= 0) {
          own.gradient[own.touch(domain) + at] += dw * common(shared, at);
        }
        if (shares) {
          shared.gradient[at] += dw * own(at, 1);
        }
      }
    }

    /** The shared factor: 1 where nothing is shared, unless the domain is unknown too. */
    private double common(ParameterState state, int at) {
      if (shares) {
        return state.value[at];
      }
      return domain < 0 ? 0 : 1;
    }

    private double own(int at, double unknown) {
      return domain < 0 ? unknown : own.value[domain * op.weight().rowSize() + at];
    }
  }
}
