package org.mlora.backend.reference;

import org.mlora.network.Op;

/**
 * What the domain of one row adds to the products of attention: scale x A_d B_d, field by field.
 */
record FieldAdapters(Op.Attention op, Op.Attention.Adapters adapters, Pass pass, int row) {
  private int inputs() {
    return op.in().width() / op.fields();
  }

  private int columns() {
    return op.out().width() / op.fields();
  }

  private int domain() {
    return pass.batch().domain(row);
  }

  private int x(int field, int k) {
    return row * op.in().width() + field * inputs() + k;
  }

  private int a(int k, int r) {
    return (domain() * inputs() + k) * adapters.rank() + r;
  }

  private int b(int r, int column) {
    return (domain() * adapters.rank() + r) * columns() + column;
  }

  /** x A_d of a field at rank r. */
  private double product(int field, int r) {
    double[] a = pass.state(adapters.a()).value;
    double sum = 0;
    for (int k = 0; k < inputs(); k++) {
      sum += pass.values(op.in())[x(field, k)] * a[a(k, r)];
    }
    return sum;
  }

  void add(int matrix, double[] out) {
    double[] b = pass.state(adapters.b().get(matrix)).value;
    for (int f = 0; f < op.fields(); f++) {
      for (int r = 0; r < adapters.rank(); r++) {
        double s = adapters.scale() * product(f, r);
        for (int j = 0; j < columns(); j++) {
          out[f * columns() + j] += s * b[b(r, j)];
        }
      }
    }
  }

  /** dB += scale s g, t = scale g B^T, dA += x t, dx += t A^T. */
  void addBackward(int matrix, double[] g) {
    ParameterState a = pass.state(adapters.a());
    ParameterState b = pass.state(adapters.b().get(matrix));
    a.touch(domain());
    b.touch(domain());
    for (int f = 0; f < op.fields(); f++) {
      for (int r = 0; r < adapters.rank(); r++) {
        double s = adapters.scale() * product(f, r);
        double t = 0;
        for (int j = 0; j < columns(); j++) {
          b.gradient[b(r, j)] += s * g[f * columns() + j];
          t += adapters.scale() * g[f * columns() + j] * b.value[b(r, j)];
        }
        for (int k = 0; k < inputs(); k++) {
          a.gradient[a(k, r)] += pass.values(op.in())[x(f, k)] * t;
          pass.gradients(op.in())[x(f, k)] += t * a.value[a(k, r)];
        }
      }
    }
  }
}
