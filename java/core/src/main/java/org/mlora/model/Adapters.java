package org.mlora.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Adapter;
import org.mlora.network.Initializer;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;

/** The adapters of layers, wherever the spec asks for them. */
final class Adapters {
  private Adapters() {}

  /** The factors that the spec asks for there; empty where it asks for none of a domain's own. */
  private static Optional<AdapterSpec.Mlora> asked(Layout layout, AdapterPlace place) {
    return layout.spec().adapter() instanceof AdapterSpec.Mlora mlora
            && mlora.places().contains(place)
        ? Optional.of(mlora)
        : Optional.empty();
  }

  /** That of layer i of the tower, {@code Ai Bi bdi}; none where experts are mixed. */
  static Optional<Adapter> ofTower(Layout layout, int i, int in, int out) {
    AdapterPlace place = AdapterPlace.TOWER;
    return asked(layout, place)
        .map(
            mlora -> {
              int rank = mlora.ranks(layout.spec().hidden()).get(i);
              return new Factors(layout, mlora, place, rank).adapter(Integer.toString(i), in, out);
            });
  }

  /**
   * That of a layer beside the tower, whose rank follows alpha.
   *
   * @param name follows {@code A}, {@code B} and {@code bd} in the names of its parameters
   */
  static Optional<Adapter> of(Layout layout, AdapterPlace place, String name, int in, int out) {
    return asked(layout, place)
        .map(mlora -> new Factors(layout, mlora, place, mlora.rank(out)).adapter(name, in, out));
  }

  /**
   * Those of interacting layer i, {@code att_Ai}, and {@code att_Bi_query} and the like.
   *
   * @param shape of the layer's matrices, (in, out)
   */
  static Optional<Op.Attention.Adapters> ofAttention(Layout layout, int i, List<Integer> shape) {
    return asked(layout, AdapterPlace.ATTENTION)
        .map(mlora -> attention(layout, mlora, i, shape.get(0), shape.get(1)));
  }

  private static Op.Attention.Adapters attention(
      Layout layout, AdapterSpec.Mlora mlora, int i, int in, int out) {
    if (mlora.sharedA()) {
      throw new InvalidInputException(
          "adapters of attention have factors A of each domain's own; leave the shared A or these"
              + " layers out");
    }
    Factors factors = new Factors(layout, mlora, AdapterPlace.ATTENTION, mlora.rank(out));
    Parameter a = factors.a(Integer.toString(i), in);
    List<Parameter> b =
        Stream.of("query", "key", "value", "residual")
            .map(matrix -> factors.b(i + "_" + matrix, out))
            .toList();
    return new Op.Attention.Adapters(a, b, factors.scale());
  }

  /** Adds the factors of adapters of a rank. */
  private record Factors(Layout layout, AdapterSpec.Mlora mlora, AdapterPlace place, int rank) {
    Adapter adapter(String name, int in, int out) {
      Parameter a =
          mlora.sharedA()
              ? add("A" + name, RowKind.WHOLE, List.of(in, rank), start().adapterA())
              : a(name, in);
      Parameter b = b(name, out);
      List<Integer> shape = List.of(domains(), out);
      Parameter c = add("bd" + name, RowKind.BY_DOMAIN, shape, start().adapterC());
      return new Adapter(a, b, c, scale());
    }

    /** A of each domain's own. */
    Parameter a(String name, int in) {
      List<Integer> shape = List.of(domains(), in, rank);
      return add("A" + name, RowKind.BY_DOMAIN, shape, leading(start().adapterA(), 2));
    }

    Parameter b(String name, int out) {
      List<Integer> shape = List.of(domains(), rank, out);
      return add("B" + name, RowKind.BY_DOMAIN, shape, leading(start().adapterB(), 1));
    }

    double scale() {
      return mlora.scaling().of(rank);
    }

    private int domains() {
      return layout.net().domains();
    }

    private Initializers start() {
      return layout.spec().initializers();
    }

    private Parameter add(String name, RowKind rows, List<Integer> shape, Initializer initializer) {
      return layout
          .net()
          .parameter(place.prefix() + name, shape, rows, Role.ADAPTER, initializer, mlora.l2());
    }

    /** The initializer, with zeros beyond the domains' ranks. */
    private Initializer leading(Initializer drawn, int axis) {
      List<Integer> ranks = mlora.domainRanks().in(layout.schema(), rank);
      return ranks.stream().allMatch(own -> own == rank)
          ? drawn
          : new Initializer.Leading(drawn, ranks, axis);
    }
  }
}
