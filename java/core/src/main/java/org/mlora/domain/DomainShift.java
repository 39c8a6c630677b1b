package org.mlora.domain;

import java.util.ArrayList;
import java.util.List;
import org.mlora.backend.Engine;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Adapter;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;

/**
 * What a domain's adapters add to a layer.
 *
 * @param weights to W, (in, out)
 * @param biases to b, (out)
 */
record DomainShift(Parameter weight, Parameter bias, double[] weights, double[] biases) {
  /** Numbers of a layer's A, B and c among those of an expert. */
  private static final int FACTORS = 3;

  /**
   * Those of all adapted layers.
   *
   * @throws InvalidInputException when they differ from row to row of the domain
   */
  static List<DomainShift> of(Engine engine, int domain) {
    Network network = engine.network();
    List<DomainShift> shifts = new ArrayList<>();
    for (Op op : network.ops()) {
      if (op instanceof Op.Dense dense && dense.adapter().isPresent()) {
        Adapter adapter = dense.adapter().get();
        DomainShift shift = none(dense.weight(), dense.bias());
        shift.add(
            AdapterMerge.row(engine, adapter.a(), adapter.rowOfA(domain)),
            AdapterMerge.row(engine, adapter.b(), domain),
            AdapterMerge.row(engine, adapter.c(), domain),
            adapter.scale(),
            1);
        shifts.add(shift);
      }
    }
    if (!network.experts().isEmpty()) {
      shifts.addAll(mixed(engine, shares(engine, domain)));
    }
    return shifts;
  }

  private static DomainShift none(Parameter weight, Parameter bias) {
    return new DomainShift(weight, bias, new double[weight.rowSize()], new double[bias.rowSize()]);
  }

  /** Adds share (scale a b) and share c. */
  private void add(float[] a, float[] b, float[] c, double scale, double share) {
    int out = biases.length;
    int rank = b.length / out;
    for (int i = 0; i < weights.length; i++) {
      double sum = 0;
      for (int r = 0; r < rank; r++) {
        sum += (double) a[i / out * rank + r] * b[r * out + i % out];
      }
      weights[i] += share * scale * sum;
    }
    for (int u = 0; u < out; u++) {
      biases[u] += share * c[u];
    }
  }

  private static List<DomainShift> mixed(Engine engine, double[] shares) {
    Network network = engine.network();
    List<DomainShift> shifts = new ArrayList<>();
    for (int layer = 0; FACTORS * layer < network.experts().get(0).size(); layer++) {
      DomainShift shift =
          none(
              network.parameter("W" + layer).orElseThrow(),
              network.parameter("b" + layer).orElseThrow());
      for (int e = 0; e < shares.length; e++) {
        List<Parameter> expert = network.experts().get(e);
        shift.add(
            AdapterMerge.row(engine, expert.get(FACTORS * layer), 0),
            AdapterMerge.row(engine, expert.get(FACTORS * layer + 1), 0),
            AdapterMerge.row(engine, expert.get(FACTORS * layer + 2), 0),
            1,
            shares[e]);
      }
      shifts.add(shift);
    }
    return shifts;
  }

  /** The softmax of the domain's scores. */
  private static double[] shares(Engine engine, int domain) {
    List<Parameter> gate =
        engine.network().parameters().stream().filter(p -> p.role() == Role.GATE).toList();
    if (gate.size() != 1 || gate.get(0).rowKind() != RowKind.BY_DOMAIN) {
      throw new InvalidInputException(
          "the weights of the model's experts depend on the sample, so that a domain has no weights"
              + " of its own to merge them into; export the domain with its adapters");
    }
    float[] scores = AdapterMerge.row(engine, gate.get(0), domain);
    double largest = Double.NEGATIVE_INFINITY;
    for (float score : scores) {
      largest = Math.max(largest, score);
    }
    double[] shares = new double[scores.length];
    double total = 0;
    for (int e = 0; e < shares.length; e++) {
      shares[e] = Math.exp(scores[e] - largest);
      total += shares[e];
    }
    for (int e = 0; e < shares.length; e++) {
      shares[e] /= total;
    }
    return shares;
  }
}
