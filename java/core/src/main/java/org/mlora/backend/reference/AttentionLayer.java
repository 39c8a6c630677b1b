package org.mlora.backend.reference;

import org.mlora.network.Op;
import org.mlora.network.Softmax;

/** Self-attention among the fields of a row (AutoInt, CIKM 2019, equations 5 to 8), row by row. */
record AttentionLayer(Op.Attention op) implements Layer {
  @Override
  public void forward(Pass pass) {
    int width = op.out().width();
    for (int i = 0; i < pass.batch().size(); i++) {
      Row row = new Row(pass, i);
      double[] sum = row.residual.clone();
      for (int head = 0; head < op.heads(); head++) {
        for (int f = 0; f < op.fields(); f++) {
          double[] p = row.probabilities(head, f);
          for (int h = 0; h < op.fields(); h++) {
            for (int j = 0; j < row.size(); j++) {
              sum[row.at(head, f, j)] += p[h] * row.value[row.at(head, h, j)];
            }
          }
        }
      }
      for (int j = 0; j < width; j++) {
        pass.values(op.out())[i * width + j] = Math.max(sum[j], 0);
      }
    }
  }

  @Override
  public void backward(Pass pass) {
    int width = op.out().width();
    for (int i = 0; i < pass.batch().size(); i++) {
      double[] g = new double[width];
      for (int j = 0; j < width; j++) {
        boolean off = pass.values(op.out())[i * width + j] <= 0;
        g[j] = off ? 0 : pass.gradients(op.out())[i * width + j];
      }
      backward(pass, i, new Row(pass, i), g);
    }
  }

  /**
   * dv_h = sum p g, dp = g · v_h, ds = p (dp - sum p dp), dq_f = scale ds k_h, dk_h = scale ds q_f.
   */
  private void backward(Pass pass, int i, Row row, double[] g) {
    double[] dQuery = new double[g.length];
    double[] dKey = new double[g.length];
    double[] dValue = new double[g.length];
    for (int head = 0; head < op.heads(); head++) {
      for (int f = 0; f < op.fields(); f++) {
        double[] p = row.probabilities(head, f);
        double[] dp = new double[p.length];
        double mean = 0;
        for (int h = 0; h < p.length; h++) {
          for (int j = 0; j < row.size(); j++) {
            dp[h] += g[row.at(head, f, j)] * row.value[row.at(head, h, j)];
            dValue[row.at(head, h, j)] += p[h] * g[row.at(head, f, j)];
          }
          mean += p[h] * dp[h];
        }
        for (int h = 0; h < p.length; h++) {
          double ds = op.scale() * p[h] * (dp[h] - mean);
          for (int j = 0; j < row.size(); j++) {
            dQuery[row.at(head, f, j)] += ds * row.key[row.at(head, h, j)];
            dKey[row.at(head, h, j)] += ds * row.query[row.at(head, f, j)];
          }
        }
      }
    }
    projectBackward(pass, i, 0, dQuery);
    projectBackward(pass, i, 1, dKey);
    projectBackward(pass, i, 2, dValue);
    projectBackward(pass, i, 3, g);
  }

  /** The fields' products with a matrix, 0 to 3, and with what the row's domain adds to it. */
  private double[] project(Pass pass, int i, int matrix) {
    double[] w = pass.state(op.matrices().get(matrix)).value;
    double[] out = new double[op.out().width()];
    int columns = out.length / op.fields();
    for (int f = 0; f < op.fields(); f++) {
      for (int k = 0; k < inputs(); k++) {
        double x = pass.values(op.in())[place(i, f, k)];
        for (int j = 0; j < columns; j++) {
          out[f * columns + j] += x * w[k * columns + j];
        }
      }
    }
    op.adapters()
        .filter(adapters -> pass.batch().domain(i) >= 0)
        .ifPresent(adapters -> new FieldAdapters(op, adapters, pass, i).add(matrix, out));
    return out;
  }

  private void projectBackward(Pass pass, int i, int matrix, double[] g) {
    ParameterState w = pass.state(op.matrices().get(matrix));
    int columns = g.length / op.fields();
    for (int f = 0; f < op.fields(); f++) {
      for (int k = 0; k < inputs(); k++) {
        int at = place(i, f, k);
        for (int j = 0; j < columns; j++) {
          w.gradient[k * columns + j] += pass.values(op.in())[at] * g[f * columns + j];
          pass.gradients(op.in())[at] += w.value[k * columns + j] * g[f * columns + j];
        }
      }
    }
    op.adapters()
        .filter(adapters -> pass.batch().domain(i) >= 0)
        .ifPresent(adapters -> new FieldAdapters(op, adapters, pass, i).addBackward(matrix, g));
  }

  /** Width of what a field brings. */
  private int inputs() {
    return op.in().width() / op.fields();
  }

  private int place(int row, int field, int k) {
    return row * op.in().width() + field * inputs() + k;
  }

  /** The four products of one row's fields, field by field. */
  private final class Row {
    final double[] query;
    final double[] key;
    final double[] value;
    final double[] residual;

    Row(Pass pass, int i) {
      query = project(pass, i, 0);
      key = project(pass, i, 1);
      value = project(pass, i, 2);
      residual = project(pass, i, 3);
    }

    /** Width of a head. */
    int size() {
      return query.length / op.fields() / op.heads();
    }

    int at(int head, int field, int j) {
      return (field * op.heads() + head) * size() + j;
    }

    /** How field f spreads its attention. */
    double[] probabilities(int head, int f) {
      double[] p = new double[op.fields()];
      for (int h = 0; h < p.length; h++) {
        for (int j = 0; j < size(); j++) {
          p[h] += op.scale() * query[at(head, f, j)] * key[at(head, h, j)];
        }
      }
      Softmax.apply(p);
      return p;
    }
  }
}
