package org.mlora.backend.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.train.Optimization;

/** out = (gamma gamma_d) (x - mean_d) / sqrt(variance_d + epsilon) + beta + beta_d. */
record PartitionedNormLayer(Op.PartitionedNorm op) implements Layer {
  @Override
  public void forward(Pass pass) {
    groups(pass).forEach((domain, rows) -> forward(pass, domain, rows));
  }

  private void forward(Pass pass, int domain, List<Integer> rows) {
    Moments moments = moments(pass, domain, rows);
    double[] x = pass.values(op.in());
    double[] out = pass.values(op.out());
    for (int row : rows) {
      for (int j = 0; j < width(); j++) {
        int at = row * width() + j;
        out[at] = gamma(pass, domain, j) * moments.normal(x[at], j) + beta(pass, domain, j);
      }
    }
  }

  /**
   * With h the normalized x, s = gamma gamma_d / sqrt(variance + epsilon) and means over the
   * domain's rows: dx = s (g - mean(g) - h mean(g h)), dgamma_d = gamma sum(g h), dbeta_d = sum(g).
   */
  @Override
  public void backward(Pass pass) {
    groups(pass).forEach((domain, rows) -> backward(pass, domain, rows));
  }

  private void backward(Pass pass, int domain, List<Integer> rows) {
    Moments moments = moments(pass, domain, rows);
    double[] x = pass.values(op.in());
    double[] g = pass.gradients(op.out());
    double[] dx = pass.gradients(op.in());
    ParameterState gamma = pass.state(op.shared().gamma());
    for (int j = 0; j < width(); j++) {
      double sum = 0;
      double product = 0;
      for (int row : rows) {
        int at = row * width() + j;
        sum += g[at];
        product += g[at] * moments.normal(x[at], j);
      }
      double slope = gamma(pass, domain, j) * moments.factor(j);
      for (int row : rows) {
        int at = row * width() + j;
        double normal = moments.normal(x[at], j);
        dx[at] += slope * (g[at] - (sum + normal * product) / rows.size());
      }
      gamma.gradient[j] += own(pass, op.own().gamma(), domain, j, 1) * product;
      pass.state(op.shared().beta()).gradient[j] += sum;
      if (domain >= 0) {
        addToRow(pass.state(op.own().gamma()), domain, j, gamma.value[j] * product);
        addToRow(pass.state(op.own().beta()), domain, j, sum);
      }
    }
  }

  private static void addToRow(ParameterState state, int row, int j, double g) {
    state.gradient[state.touch(row) + j] += g;
  }

  @Override
  public void moveStatistics(Pass pass, List<Optimization.Rule> rules) {
    Optimization.Rule own = rules.get(op.own().moving().index());
    boolean movesShared = rules.get(op.shared().moving().index()).rowCount() > 0;
    if (movesShared) {
      decay(pass.state(op.shared().moving()), 0);
    }
    groups(pass)
        .forEach(
            (domain, rows) -> {
              Moments batch = ofRows(pass, rows);
              if (movesShared) {
                takeIn(pass.state(op.shared().moving()), 0, rows.size(), batch);
              }
              if (domain >= own.firstRow() && domain < own.firstRow() + own.rowCount()) {
                decay(pass.state(op.own().moving()), domain);
                takeIn(pass.state(op.own().moving()), domain, rows.size(), batch);
              }
            });
  }

  private void decay(ParameterState moving, int row) {
    moving.value[row * moving.parameter().rowSize()] *= op.momentum();
  }

  /** Statistics of both sets of rows together. */
  private void takeIn(ParameterState moving, int row, int rows, Moments batch) {
    double[] values = moving.value;
    int n = row * moving.parameter().rowSize();
    double before = values[n];
    double all = before + rows;
    for (int j = 0; j < width(); j++) {
      int mean = n + 1 + j;
      int variance = mean + width();
      double apart = batch.mean()[j] - values[mean];
      values[mean] += apart * rows / all;
      values[variance] =
          (before * values[variance] + rows * batch.variance()[j]) / all
              + apart * apart * (before / all) * (rows / all);
    }
    values[n] = all;
  }

  private Moments moments(Pass pass, int domain, List<Integer> rows) {
    return pass.training() ? ofRows(pass, rows) : moved(pass, domain);
  }

  private Moments ofRows(Pass pass, List<Integer> rows) {
    double[] x = pass.values(op.in());
    double[] mean = new double[width()];
    double[] variance = new double[width()];
    for (int j = 0; j < width(); j++) {
      for (int row : rows) {
        mean[j] += x[row * width() + j] / rows.size();
      }
      for (int row : rows) {
        double apart = x[row * width() + j] - mean[j];
        variance[j] += apart * apart / rows.size();
      }
    }
    return new Moments(mean, variance, op.epsilon());
  }

  private Moments moved(Pass pass, int domain) {
    double[] own = pass.state(op.own().moving()).value;
    int size = op.own().moving().rowSize();
    boolean seen = domain >= 0 && own[domain * size] > 0;
    double[] values = seen ? own : pass.state(op.shared().moving()).value;
    int from = seen ? domain * size + 1 : 1;
    double[] mean = new double[width()];
    double[] variance = new double[width()];
    System.arraycopy(values, from, mean, 0, width());
    System.arraycopy(values, from + width(), variance, 0, width());
    return new Moments(mean, variance, op.epsilon());
  }

  private double gamma(Pass pass, int domain, int j) {
    return pass.state(op.shared().gamma()).value[j] * own(pass, op.own().gamma(), domain, j, 1);
  }

  private double beta(Pass pass, int domain, int j) {
    return pass.state(op.shared().beta()).value[j] + own(pass, op.own().beta(), domain, j, 0);
  }

  private double own(Pass pass, Parameter parameter, int domain, int j, double unknown) {
    return domain < 0 ? unknown : pass.state(parameter).value[domain * width() + j];
  }

  private int width() {
    return op.in().width();
  }

  /** The batch's rows by domain. */
  private static TreeMap<Integer, List<Integer>> groups(Pass pass) {
    TreeMap<Integer, List<Integer>> groups = new TreeMap<>();
    for (int i = 0; i < pass.batch().size(); i++) {
      groups.computeIfAbsent(pass.batch().domain(i), domain -> new ArrayList<>()).add(i);
    }
    return groups;
  }

  /** Statistics of columns. */
  private record Moments(double[] mean, double[] variance, double epsilon) {
    double factor(int j) {
      return 1 / Math.sqrt(variance[j] + epsilon);
    }

    double normal(double x, int j) {
      return (x - mean[j]) * factor(j);
    }
  }
}
