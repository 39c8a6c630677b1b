package org.mlora.testing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.mlora.network.Activation;
import org.mlora.network.Adapter;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * Ops of every kind with parameters of their own, on any value; a dense layer where one does not
 * fit.
 */
final class RandomOps {
  /** Below, at and above what kernels take at once. */
  private static final List<Integer> WIDTHS =
      List.of(2, 1, 3, 4, 5, 7, 8, 9, 16, 17, 24, 33, 66, 130);

  private static final Initializer ANY = new Initializer.Normal(0.5);

  private final Choices choices;
  private final Network.Builder net;
  private final List<Value> values = new ArrayList<>();
  private final Set<Value> fed = new HashSet<>();
  private int parameters;
  private int streams;

  RandomOps(Choices choices, Network.Builder net) {
    this.choices = choices;
    this.net = net;
  }

  /** Adds an op, through which gradients flow back to these values. */
  Value add(Op op, Value... reads) {
    fed.addAll(List.of(reads));
    values.add(op.out());
    return net.add(op);
  }

  /** The values that are written, the oldest first. */
  List<Value> values() {
    return values;
  }

  /** Says that a value is written that others than {@link #add} wrote. */
  void isWritten(Value value) {
    values.add(value);
  }

  /** Whether an op gives the value a gradient. */
  boolean feeds(Value value) {
    return fed.contains(value);
  }

  int width() {
    return choices.of(WIDTHS);
  }

  /** Any op that reads one value. */
  Value one(Value x) {
    return switch (choices.below(13)) {
      case 0, 1, 2 -> dense(x, width());
      case 3 -> copy(x);
      case 4 -> sumGroups(x);
      case 5 -> domainDense(x, width());
      case 6 -> add(new Op.Detach(x, net.value(x.width())));
      case 7 -> biInteraction(x);
      case 8 -> innerProducts(x);
      case 9 -> bilinear(x);
      case 10 -> senet(x);
      case 11 -> attention(x);
      default -> cross(x, x);
    };
  }

  /** Any op that reads two or three values, of one width. */
  Value some(Value x, Value y, Value z) {
    return switch (choices.below(6)) {
      case 0 -> add(new Op.Add(x, y, activation(), net.value(x.width())), x, y);
      case 1 -> add(new Op.MultiplyAdd(x, y, z, net.value(x.width())), x, y, z);
      case 2 -> gate(x, y);
      case 3 -> cross(x, y);
      case 4 -> cin(x, y);
      default -> mixture(x, y);
    };
  }

  /** Any op that makes one column of a value. */
  Value narrow(Value x) {
    return switch (choices.below(5)) {
      case 0 -> plain(x);
      case 1 -> add(new Op.SumGroups(x, net.value(1)), x);
      case 2 -> domainDense(x, 1);
      case 3 -> dense(x, 1);
      default -> add(new Op.BiInteraction(x, x.width(), net.value(1)), x);
    };
  }

  /** The layer that most models make their logit by. */
  private Value plain(Value x) {
    Parameter weight = whole("weight", Role.HEAD, x.width(), 1);
    Parameter bias = whole("bias", Role.HEAD, 1);
    return add(
        new Op.Dense(x, weight, bias, Optional.empty(), Activation.NONE, 0, 0, net.value(1)), x);
  }

  Value dense(Value x, int out) {
    int in = x.width();
    Parameter weight = whole("weight", Role.BACKBONE, in, out);
    Parameter bias = whole("bias", Role.BACKBONE, out);
    Activation activation = activation();
    Optional<Adapter> adapter = Optional.empty();
    if (choices.below(2) == 1) {
      int rank = choices.of(List.of(1, 2, 3, 4, 17));
      Parameter a =
          choices.oneIn(3)
              ? whole("a", Role.ADAPTER, in, rank)
              : byDomain("a", Role.ADAPTER, in, rank);
      Parameter b = byDomain("b", Role.ADAPTER, rank, out);
      Parameter c = byDomain("c", Role.ADAPTER, out);
      adapter = Optional.of(new Adapter(a, b, c, choices.of(List.of(1.0, 0.5, -2.0))));
    }
    double dropout = choices.of(List.of(0.0, 0.3, 0.5));
    int stream = dropout > 0 && !choices.oneIn(5) ? ++streams : streams;
    return add(
        new Op.Dense(x, weight, bias, adapter, activation, dropout, stream, net.value(out)), x);
  }

  private Value domainDense(Value x, int out) {
    Parameter weight = byDomain("weight", Role.TOWER, x.width(), out);
    Parameter bias = byDomain("bias", Role.TOWER, out);
    Optional<Op.DomainDense.Shared> shared = Optional.empty();
    if (choices.below(2) == 1) {
      Parameter all = whole("shared_weight", Role.BACKBONE, x.width(), out);
      shared =
          Optional.of(new Op.DomainDense.Shared(all, whole("shared_bias", Role.BACKBONE, out)));
    }
    return add(new Op.DomainDense(x, weight, bias, shared, activation(), net.value(out)), x);
  }

  /** Writes some columns of a value, which is written when others are too. */
  void copy(Value from, int first, int width, Value to, int column) {
    fed.add(from);
    net.add(new Op.Copy(from, first, width, to, column));
  }

  private Value copy(Value x) {
    int from = choices.below(x.width());
    return columns(x, from, x.width() - from - choices.below(x.width() - from));
  }

  private Value columns(Value x, int from, int width) {
    return add(new Op.Copy(x, from, width, net.value(width), 0), x);
  }

  private Value sumGroups(Value x) {
    return add(new Op.SumGroups(x, net.value(divisor(x, 1, x.width()))), x);
  }

  private Value biInteraction(Value x) {
    int fields = divisor(x, 1, x.width());
    return add(new Op.BiInteraction(x, fields, net.value(x.width() / fields)), x);
  }

  private Value innerProducts(Value x) {
    if (!divides(x, 2, 9)) {
      return dense(x, width());
    }
    int fields = divisor(x, 2, 9);
    return add(new Op.InnerProducts(x, fields, net.value(fields * (fields - 1) / 2)), x);
  }

  private Value bilinear(Value x) {
    if (!divides(x, 2, 5)) {
      return dense(x, width());
    }
    int fields = divisor(x, 2, 5);
    int width = x.width() / fields;
    Op.Bilinear.Sharing sharing = choices.of(List.of(Op.Bilinear.Sharing.values()));
    List<Parameter> weights =
        IntStream.range(0, sharing.matrices(fields))
            .mapToObj(i -> whole("weight", Role.BACKBONE, width, width))
            .toList();
    Value out = net.value(fields * (fields - 1) / 2 * width);
    return add(new Op.Bilinear(x, fields, sharing, weights, out), x);
  }

  private Value senet(Value x) {
    int fields = divisor(x, 1, x.width());
    int reduced = 1 + choices.below(fields);
    Parameter squeeze = whole("squeeze", Role.BACKBONE, fields, reduced);
    Parameter excite = whole("excite", Role.BACKBONE, reduced, fields);
    return add(new Op.Senet(x, fields, squeeze, excite, net.value(x.width())), x);
  }

  private Value attention(Value x) {
    int fields = divisor(x, 1, 8);
    int in = x.width() / fields;
    int heads = 1 + choices.below(3);
    int columns = heads * (1 + choices.below(5));
    List<Parameter> matrices =
        IntStream.range(0, 4).mapToObj(i -> whole("matrix", Role.BACKBONE, in, columns)).toList();
    Optional<Op.Attention.Adapters> adapters = Optional.empty();
    if (choices.below(2) == 1) {
      int rank = 1 + choices.below(3);
      Parameter a = byDomain("a", Role.ADAPTER, in, rank);
      List<Parameter> b =
          IntStream.range(0, 4).mapToObj(i -> byDomain("b", Role.ADAPTER, rank, columns)).toList();
      adapters = Optional.of(new Op.Attention.Adapters(a, b, choices.of(List.of(1.0, 0.5))));
    }
    return add(
        new Op.Attention(
            x,
            fields,
            heads,
            choices.of(List.of(1.0, 0.5)),
            matrices.get(0),
            matrices.get(1),
            matrices.get(2),
            matrices.get(3),
            adapters,
            net.value(fields * columns)),
        x);
  }

  private Value cross(Value start, Value in) {
    Parameter weight = whole("weight", Role.BACKBONE, in.width(), 1);
    Parameter bias = whole("bias", Role.BACKBONE, in.width(), 1);
    return add(new Op.Cross(start, in, weight, bias, net.value(in.width())), start, in);
  }

  private Value gate(Value x, Value y) {
    Value gate = choices.below(2) == 0 ? y : sumGroups(y);
    double factor = choices.of(List.of(2.0, 1.0, 0.5));
    double steepness = choices.of(List.of(1.0, 3.0));
    double threshold = choices.of(List.of(0.0, -1.0, 0.25));
    return add(new Op.Gate(x, gate, factor, steepness, threshold, net.value(x.width())), x, gate);
  }

  private Value cin(Value same, Value in) {
    int maps = divisor(in, 1, 6);
    int width = in.width() / maps;
    int first = maps - choices.below(maps);
    Value start = first == maps ? same : columns(same, 0, first * width);
    int made = 1 + choices.below(4);
    Parameter weight = whole("weight", Role.BACKBONE, 1, first * maps, made);
    Parameter bias = whole("bias", Role.BACKBONE, made);
    return add(new Op.Cin(start, in, width, weight, bias, net.value(made * width)), start, in);
  }

  private Value mixture(Value experts, Value y) {
    Value gate = choices.below(2) == 0 ? y : sumGroups(y);
    return add(
        new Op.Mixture(experts, gate, net.value(experts.width() / gate.width())), experts, gate);
  }

  Value norm(Value x) {
    int width = x.width();
    Op.PartitionedNorm.Level shared =
        new Op.PartitionedNorm.Level(
            whole("gamma", Role.BACKBONE, width),
            whole("beta", Role.BACKBONE, width),
            whole("moving", Role.STATISTICS, 1 + 2 * width));
    Op.PartitionedNorm.Level own =
        new Op.PartitionedNorm.Level(
            byDomain("own_gamma", Role.TOWER, width),
            byDomain("own_beta", Role.TOWER, width),
            byDomain("own_moving", Role.STATISTICS, 1 + 2 * width));
    return add(new Op.PartitionedNorm(x, shared, own, 0.9, 0.05, net.value(width)), x);
  }

  private Activation activation() {
    return choices.of(List.of(Activation.NONE, Activation.RELU));
  }

  private static List<Integer> divisors(Value x, int least, int most) {
    return IntStream.rangeClosed(least, Math.min(most, x.width()))
        .filter(d -> x.width() % d == 0)
        .boxed()
        .toList();
  }

  private static boolean divides(Value x, int least, int most) {
    return !divisors(x, least, most).isEmpty();
  }

  private int divisor(Value x, int least, int most) {
    return choices.of(divisors(x, least, most));
  }

  Parameter whole(String what, Role role, Integer... shape) {
    return parameter(what, RowKind.WHOLE, role, List.of(shape));
  }

  private Parameter byDomain(String what, Role role, Integer... shape) {
    List<Integer> all = new ArrayList<>(List.of(net.domains()));
    all.addAll(List.of(shape));
    return parameter(what, RowKind.BY_DOMAIN, role, all);
  }

  Parameter table(RowKind kind, int rows, int width) {
    return parameter("table", kind, Role.EMBEDDING, List.of(rows, width));
  }

  private Parameter parameter(String what, RowKind kind, Role role, List<Integer> shape) {
    boolean trained = role != Role.STATISTICS && !choices.oneIn(9);
    return net.parameter(parameters++ + "_" + what, shape, kind, role, ANY, 0, trained);
  }
}
