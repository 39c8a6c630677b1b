package org.mlora.backend.reference;

import org.mlora.network.Op;

/**
 * out_m = relu(sum over i, j of W[i H + j, m] (x0_i * x_j) + b_m) (xDeepFM, KDD 2018, equation 6).
 */
record CinLayer(Op.Cin op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] start = pass.values(op.start());
    double[] in = pass.values(op.in());
    double[] out = pass.values(op.out());
    double[] w = pass.state(op.weight()).value;
    double[] b = pass.state(op.bias()).value;
    for (int at = 0; at < out.length; at++) {
      Place place = new Place(at);
      double sum = b[place.map];
      for (int i = 0; i < maps(op.start().width()); i++) {
        for (int j = 0; j < maps(op.in().width()); j++) {
          sum += w[place.weight(i, j)] * start[place.start(i)] * in[place.in(j)];
        }
      }
      out[at] = Math.max(sum, 0);
    }
  }

  @Override
  public void backward(Pass pass) {
    double[] start = pass.values(op.start());
    double[] in = pass.values(op.in());
    double[] out = pass.values(op.out());
    ParameterState w = pass.state(op.weight());
    ParameterState b = pass.state(op.bias());
    for (int at = 0; at < out.length; at++) {
      if (out[at] <= 0) {
        continue;
      }
      Place place = new Place(at);
      double g = pass.gradients(op.out())[at];
      b.gradient[place.map] += g;
      for (int i = 0; i < maps(op.start().width()); i++) {
        for (int j = 0; j < maps(op.in().width()); j++) {
          double x0 = start[place.start(i)];
          double x = in[place.in(j)];
          double weight = w.value[place.weight(i, j)];
          w.gradient[place.weight(i, j)] += g * x0 * x;
          pass.gradients(op.start())[place.start(i)] += g * weight * x;
          pass.gradients(op.in())[place.in(j)] += g * weight * x0;
        }
      }
    }
  }

  private int maps(int width) {
    return width / op.width();
  }

  /** Which map and column a place of the output is, and what it comes from. */
  private final class Place {
    final int row;
    final int map;
    final int column;

    Place(int at) {
      row = at / op.out().width();
      map = at % op.out().width() / op.width();
      column = at % op.width();
    }

    int start(int i) {
      return row * op.start().width() + i * op.width() + column;
    }

    int in(int j) {
      return row * op.in().width() + j * op.width() + column;
    }

    int weight(int i, int j) {
      return (i * maps(op.in().width()) + j) * maps(op.out().width()) + map;
    }
  }
}
