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

  /** Whether the spec asks for adapters of each domain's own there. */
  static boolean on(Layout layout, AdapterPlace place) {
    return layout.spec().adapter() instanceof AdapterSpec.Mlora mlora
        && mlora.places().contains(place);
  }

  /** That of layer i of the tower, {@code Ai Bi bdi}; none where experts are mixed. */
  static Optional<Adapter> ofTower(Layout layout, int i, int in, int out) {
    if (!on(layout, AdapterPlace.TOWER)) {
      return Optional.empty();
    }
    AdapterSpec.Mlora mlora = (AdapterSpec.Mlora) layout.spec().adapter();
    int rank = mlora.ranks(layout.spec().hidden()).get(i);
    return Optional.of(
        adapter(layout, mlora, AdapterPlace.TOWER, Integer.toString(i), in, out, rank));
  }

  /**
   * That of a layer beside the tower, whose rank follows alpha.
   *
   * @param name follows {@code A}, {@code B} and {@code bd} in the names of its parameters
   */
  static Optional<Adapter> of(Layout layout, AdapterPlace place, String name, int in, int out) {
    if (!on(layout, place)) {
      return Optional.empty();
    }
    AdapterSpec.Mlora mlora = (AdapterSpec.Mlora) layout.spec().adapter();
    return Optional.of(adapter(layout, mlora, place, name, in, out, mlora.rank(out)));
  }

  /**
   * Those of interacting layer i, {@code att_Ai}, and {@code att_Bi_query} and the like.
   *
   * @param shape of the layer's matrices, (in, out)
   */
  static Optional<Op.Attention.Adapters> ofAttention(Layout layout, int i, List<Integer> shape) {
    if (!on(layout, AdapterPlace.ATTENTION)) {
      return Optional.empty();
    }
    AdapterSpec.Mlora mlora = (AdapterSpec.Mlora) layout.spec().adapter();
    if (mlora.sharedA()) {
      throw new InvalidInputException(
          "adapters of attention have factors A of each domain's own; leave the shared A or these"
              + " layers out");
    }
    int domains = layout.net().domains();
    int rank = mlora.rank(shape.get(1));
    Initializers start = layout.spec().initializers();
    Factors factors =
        new Factors(layout, mlora, AdapterPlace.ATTENTION.prefix(), Integer.toString(i));
    Parameter a =
        factors.add(
            "A", List.of(domains, shape.get(0), rank), factors.leading(start.adapterA(), rank, 2));
    List<Parameter> b =
        Stream.of("query", "key", "value", "residual")
            .map(
                matrix ->
                    new Factors(layout, mlora, AdapterPlace.ATTENTION.prefix(), i + "_" + matrix)
                        .add(
                            "B",
                            List.of(domains, rank, shape.get(1)),
                            factors.leading(start.adapterB(), rank, 1)))
            .toList();
    return Optional.of(new Op.Attention.Adapters(a, b, mlora.scaling().of(rank)));
  }

  private static Adapter adapter(
      Layout layout,
      AdapterSpec.Mlora mlora,
      AdapterPlace place,
      String name,
      int in,
      int out,
      int rank) {
    int domains = layout.net().domains();
    Initializers start = layout.spec().initializers();
    Factors factors = new Factors(layout, mlora, place.prefix(), name);
    Parameter a =
        mlora.sharedA()
            ? factors.add("A", RowKind.WHOLE, List.of(in, rank), start.adapterA())
            : factors.add(
                "A", List.of(domains, in, rank), factors.leading(start.adapterA(), rank, 2));
    Parameter b =
        factors.add("B", List.of(domains, rank, out), factors.leading(start.adapterB(), rank, 1));
    Parameter c = factors.add("bd", List.of(domains, out), start.adapterC());
    return new Adapter(a, b, c, mlora.scaling().of(rank));
  }

  /** Adds the factors of one adapter. */
  private record Factors(Layout layout, AdapterSpec.Mlora mlora, String prefix, String name) {
    Parameter add(String factor, List<Integer> shape, Initializer initializer) {
      return add(factor, RowKind.BY_DOMAIN, shape, initializer);
    }

    Parameter add(String factor, RowKind rows, List<Integer> shape, Initializer initializer) {
      return layout
          .net()
          .parameter(prefix + factor + name, shape, rows, Role.ADAPTER, initializer, mlora.l2());
    }

    /** The initializer, with zeros beyond the domains' ranks. */
    Initializer leading(Initializer drawn, int rank, int axis) {
      List<Integer> ranks = mlora.domainRanks().in(layout.schema(), rank);
      return ranks.stream().allMatch(own -> own == rank)
          ? drawn
          : new Initializer.Leading(drawn, ranks, axis);
    }
  }
}
