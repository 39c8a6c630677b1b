package org.mlora.backend.reference;

import org.mlora.network.Adapter;

/**
 * One row's low-rank term: s = scale x A_d, added is s B_d + c_d (MLoRA, RecSys 2024, section 3).
 */
final class AdapterTerm {
  private AdapterTerm() {}

  /** Adds the term to {@code sum}. */
  static void add(Pass pass, Adapter adapter, int domain, double[] x, double[] sum) {
    double[] s = shrink(pass, adapter, domain, x);
    double[] b = pass.state(adapter.b()).value;
    double[] c = pass.state(adapter.c()).value;
    for (int u = 0; u < sum.length; u++) {
      double l = c[domain * sum.length + u];
      for (int r = 0; r < s.length; r++) {
        l += s[r] * b[(domain * s.length + r) * sum.length + u];
      }
      sum[u] += l;
    }
  }

  /** With t = scale g Bᵀ: dc += g, dB += sᵀ g, dA += xᵀ t, dx += t Aᵀ, all of the row's domain. */
  static void backward(
      Pass pass, Adapter adapter, int domain, double[] x, double[] g, double[] dx) {
    ParameterState a = pass.state(adapter.a());
    ParameterState b = pass.state(adapter.b());
    ParameterState c = pass.state(adapter.c());
    int atA = a.touch(adapter.rowOfA(domain));
    int atB = b.touch(domain);
    int atC = c.touch(domain);
    double[] s = shrink(pass, adapter, domain, x);
    for (int u = 0; u < g.length; u++) {
      c.gradient[atC + u] += g[u];
    }
    for (int r = 0; r < s.length; r++) {
      double t = 0;
      for (int u = 0; u < g.length; u++) {
        t += g[u] * b.value[atB + r * g.length + u];
        b.gradient[atB + r * g.length + u] += s[r] * g[u];
      }
      t *= adapter.scale();
      for (int k = 0; k < x.length; k++) {
        a.gradient[atA + k * s.length + r] += x[k] * t;
        dx[k] += a.value[atA + k * s.length + r] * t;
      }
    }
  }

  private static double[] shrink(Pass pass, Adapter adapter, int domain, double[] x) {
    double[] a = pass.state(adapter.a()).value;
    double[] s = new double[adapter.rank()];
    int row = adapter.rowOfA(domain);
    for (int k = 0; k < x.length; k++) {
      for (int r = 0; r < s.length; r++) {
        s[r] += adapter.scale() * x[k] * a[(row * x.length + k) * s.length + r];
      }
    }
    return s;
  }
}
