package org.mlora.model;

import java.util.List;
import java.util.stream.Stream;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Role;
import org.mlora.network.Value;

/**
 * STAR (CIKM 2021; spec §5): partitioned normalization; layers whose weights are the product of a
 * shared and a domain's own matrix, and whose biases are the sum of both; beside them an auxiliary
 * network, which all domains share, whose logit is added.
 */
final class Star implements Model {
  /** Where the domains' own matrices start. */
  enum Start {
    /** At 1: every domain starts as the shared network. */
    ONES,
    /** Drawn with fans times the number of domains, so that products start very small (Q16). */
    GLOROT
  }

  private static final ModelOption<Start> START =
      ModelOption.choice(
          "star_start",
          Start.ONES,
          Start.class,
          "where domains' own matrices start: ones, or glorot as in the published code (Q16)");
  private static final ModelOption<Boolean> AUXILIARY =
      ModelOption.flag("auxiliary", true, "adds the logit of the auxiliary network");
  private static final ModelOption<Integer> AUXILIARY_WIDTH =
      ModelOption.whole("auxiliary_width", 64, 1, "width of the auxiliary network's layer");

  @Override
  public String name() {
    return "star";
  }

  @Override
  public String title() {
    return "STAR (CIKM 2021)";
  }

  @Override
  public boolean adapts() {
    return false;
  }

  @Override
  public Value logit(Layout layout) {
    boolean auxiliary = AUXILIARY.of(layout.spec());
    Value embeddings =
        auxiliary ? Embeddings.concatenated(layout) : PartitionedNorm.embeddings(layout);
    Value x = PartitionedNorm.asTold(layout, embeddings);
    List<Integer> widths = layout.spec().hidden();
    for (int i = 0; i < widths.size(); i++) {
      x = layer(layout, Integer.toString(i), x, widths.get(i), Activation.RELU);
    }
    Value star = layer(layout, "_out", x, 1, Activation.NONE);
    return auxiliary ? Join.sum(layout, star, auxiliary(layout, embeddings)) : star;
  }

  private static Value layer(
      Layout layout, String name, Value x, int width, Activation activation) {
    Initializer own =
        START.of(layout.spec()) == Start.ONES
            ? new Initializer.Constant(1)
            : new Initializer.GlorotUniform(true);
    return StarLayer.over(layout, name, x, width, activation, own);
  }

  private static Value auxiliary(Layout layout, Value embeddings) {
    List<Integer> widths = List.of(AUXILIARY_WIDTH.of(layout.spec()));
    Value hidden = DenseTower.unadapted(layout, "aux_", 0, embeddings, widths);
    return Affine.named("aux_out_w", "aux_out_b")
        .over(layout, hidden, 1, Role.HEAD, layout.spec().initializers().head());
  }

  @Override
  public List<ModelOption<?>> options() {
    return Stream.concat(
            PartitionedNorm.OPTIONS.stream(), Stream.of(START, AUXILIARY, AUXILIARY_WIDTH))
        .toList();
  }
}
