package org.mlora.model;

import java.util.List;
import org.mlora.network.Initializer;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * Partitioned normalization (STAR, CIKM 2021, section 4.2) of what a model reads: {@code norm_gamma
 * norm_beta norm_moving} of all domains, the same after {@code domain_} of each.
 */
final class PartitionedNorm {
  /** Of the published MLoRA code (spec §4). */
  private static final double MOMENTUM = 0.99;

  /** What embeddings go through. */
  enum Norm {
    NONE,
    /** Statistics, scale and shift of the row's domain. */
    PARTITIONED
  }

  private static final ModelOption<Norm> NORM =
      ModelOption.choice(
          "norm", Norm.NONE, Norm.class, "normalizes the embeddings: none, or partitioned");
  private static final ModelOption<Double> EPSILON =
      ModelOption.positive("norm_epsilon", 1e-3, "is added to the variances that norm divides by");

  /** The options of a model that normalizes its embeddings where told. */
  static final List<ModelOption<?>> OPTIONS = List.of(NORM, EPSILON);

  private PartitionedNorm() {}

  /** Whether the options say so. */
  static boolean isTold(Layout layout) {
    return NORM.of(layout.spec()) == Norm.PARTITIONED;
  }

  /**
   * The embeddings, where {@link #asTold} alone reads them. Normalized by domain, that of the
   * domain says nothing, and its gradient is what rounding leaves of zero, which Adam would scale
   * up to whole steps: it is not trained then.
   */
  static Value embeddings(Layout layout) {
    return Embeddings.concatenated(layout, !isTold(layout));
  }

  /** Embeddings, normalized where the options say so. */
  static Value asTold(Layout layout, Value embeddings) {
    return isTold(layout) ? over(layout, embeddings, EPSILON.of(layout.spec())) : embeddings;
  }

  private static Value over(Layout layout, Value x, double epsilon) {
    Op.PartitionedNorm.Level shared = level(layout, "norm_", x.width(), false);
    Op.PartitionedNorm.Level own = level(layout, "domain_norm_", x.width(), true);
    Value out = layout.net().value(x.width());
    return layout.net().add(new Op.PartitionedNorm(x, shared, own, MOMENTUM, epsilon, out));
  }

  private static Op.PartitionedNorm.Level level(
      Layout layout, String prefix, int width, boolean own) {
    Role role = own ? Role.TOWER : Role.BACKBONE;
    Initializer one = new Initializer.Constant(1);
    Initializer zero = new Initializer.Zeros();
    return new Op.PartitionedNorm.Level(
        parameter(layout, prefix + "gamma", width, own, role, one),
        parameter(layout, prefix + "beta", width, own, role, zero),
        parameter(layout, prefix + "moving", 1 + 2 * width, own, Role.STATISTICS, zero));
  }

  private static Parameter parameter(
      Layout layout, String name, int size, boolean own, Role role, Initializer initializer) {
    List<Integer> shape = own ? List.of(layout.net().domains(), size) : List.of(size);
    RowKind rows = own ? RowKind.BY_DOMAIN : RowKind.WHOLE;
    boolean trained = role != Role.STATISTICS;
    return layout.net().parameter(name, shape, rows, role, initializer, 0, trained);
  }
}
