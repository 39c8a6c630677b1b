package org.mlora.model;

import org.mlora.error.InvalidInputException;
import org.mlora.network.Op;
import org.mlora.network.Role;
import org.mlora.network.Value;

/** Columns weighted by gates, for models to be composed of. */
public final class Gating {
  /** Width of the hidden layer of {@link #unit}, by default 64. */
  public static final ModelOption<Integer> WIDTH =
      ModelOption.whole("gate_width", 64, 1, "width of a gate's hidden layer");

  /** Whether {@link #read} lets no gradient through, by default so. */
  public static final ModelOption<Boolean> DETACHES =
      ModelOption.flag(
          "gate_detaches", true, "gates give no gradient to the embeddings that they weigh");

  private Gating() {}

  /** Embeddings side by side, and the parts of them that are asked for. */
  public record Parts(Layout layout, Value all) {
    /** Those of the fields, without the domain's, (rows, sum of widths). */
    public Value fields() {
      return Join.slice(layout, all, 0, all.width() - layout.spec().embeddingDim());
    }

    /** That of the domain, (rows, embedding_dim). */
    public Value domain() {
      int width = layout.spec().embeddingDim();
      return Join.slice(layout, all, all.width() - width, width);
    }
  }

  /**
   * The concatenated embeddings.
   *
   * @throws InvalidInputException when the schema has no fields
   */
  public static Parts embeddings(Layout layout) {
    if (layout.schema().fields().isEmpty()) {
      throw new InvalidInputException("the schema has no fields for gates to weigh; give it one");
    }
    return new Parts(layout, Embeddings.concatenated(layout));
  }

  /**
   * Gate NU (PEPNet, KDD 2023): x weighted by 2 sigmoid(relu(prior W0 + b0) W1 + b1), named {@code
   * W0 b0 W1 b1} after the prefix.
   */
  public static Value unit(Layout layout, String prefix, Value prior, Value x) {
    int hidden = WIDTH.of(layout.spec());
    Value crossed = Affine.named(prefix + "W0", prefix + "b0").relu(layout, prior, hidden);
    Value scores = scores(layout, prefix + "W1", prefix + "b1", crossed, x.width());
    return layout.net().add(new Op.Gate(x, scores, 2, 1, 0, layout.net().value(x.width())));
  }

  /** prior W + b: a score for each column. */
  public static Value scores(Layout layout, String weight, String bias, Value prior, int width) {
    return Affine.named(weight, bias)
        .over(layout, prior, width, Role.BACKBONE, layout.spec().initializers().weight());
  }

  /** What a gate reads of embeddings that it weighs. */
  public static Value read(Layout layout, Value x) {
    return DETACHES.of(layout.spec()) ? detached(layout, x) : x;
  }

  /** The same numbers, through which no gradient flows back. */
  public static Value detached(Layout layout, Value x) {
    return layout.net().add(new Op.Detach(x, layout.net().value(x.width())));
  }
}
