package org.mlora.domain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.mlora.backend.Engine;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Adapter;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Softmax;

/**
 * What a domain's adapters add to a matrix or a bias.
 *
 * @param shift as many numbers as the parameter has
 */
record DomainShift(Parameter parameter, double[] shift) {
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
        DomainShift weight = none(dense.weight());
        float[] a = AdapterMerge.row(engine, adapter.a(), adapter.rowOfA(domain));
        weight.addProduct(a, AdapterMerge.row(engine, adapter.b(), domain), adapter.scale());
        DomainShift bias = none(dense.bias());
        bias.add(AdapterMerge.row(engine, adapter.c(), domain), 1);
        shifts.addAll(List.of(weight, bias));
      } else if (op instanceof Op.Attention attention && attention.adapters().isPresent()) {
        Op.Attention.Adapters adapters = attention.adapters().get();
        float[] a = AdapterMerge.row(engine, adapters.a(), domain);
        for (int m = 0; m < attention.matrices().size(); m++) {
          DomainShift matrix = none(attention.matrices().get(m));
          float[] b = AdapterMerge.row(engine, adapters.b().get(m), domain);
          matrix.addProduct(a, b, adapters.scale());
          shifts.add(matrix);
        }
      }
    }
    if (!network.experts().isEmpty()) {
      shifts.addAll(mixed(engine, shares(engine, domain)));
    }
    return shifts;
  }

  /** Whether it adds anything. */
  boolean moves() {
    return Arrays.stream(shift).anyMatch(number -> number != 0);
  }

  private static DomainShift none(Parameter parameter) {
    return new DomainShift(parameter, new double[parameter.rowSize()]);
  }

  /** Adds scale a b, where a has as many rows as the matrix and b as many columns. */
  private void addProduct(float[] a, float[] b, double scale) {
    int out = parameter.shape().get(1);
    int rank = b.length / out;
    for (int i = 0; i < shift.length; i++) {
      double sum = 0;
      for (int r = 0; r < rank; r++) {
        sum += (double) a[i / out * rank + r] * b[r * out + i % out];
      }
      shift[i] += scale * sum;
    }
  }

  private void add(float[] values, double scale) {
    for (int i = 0; i < shift.length; i++) {
      shift[i] += scale * values[i];
    }
  }

  private static List<DomainShift> mixed(Engine engine, double[] shares) {
    Network network = engine.network();
    List<DomainShift> shifts = new ArrayList<>();
    for (int layer = 0; FACTORS * layer < network.experts().get(0).size(); layer++) {
      DomainShift weight = none(network.parameter("W" + layer).orElseThrow());
      DomainShift bias = none(network.parameter("b" + layer).orElseThrow());
      for (int e = 0; e < shares.length; e++) {
        List<Parameter> expert = network.experts().get(e);
        weight.addProduct(
            AdapterMerge.row(engine, expert.get(FACTORS * layer), 0),
            AdapterMerge.row(engine, expert.get(FACTORS * layer + 1), 0),
            shares[e]);
        bias.add(AdapterMerge.row(engine, expert.get(FACTORS * layer + 2), 0), shares[e]);
      }
      shifts.addAll(List.of(weight, bias));
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
    double[] shares = IntStream.range(0, scores.length).mapToDouble(e -> scores[e]).toArray();
    Softmax.apply(shares);
    return shares;
  }
}
