package org.mlora.model;

import java.util.List;
import org.mlora.network.Op.Bilinear.Sharing;
import org.mlora.network.Value;

/**
 * FiBiNET (RecSys 2019; spec §6): the dense tower over bilinear interactions of the embeddings
 * weighted by SENET and of the embeddings themselves, beside a linear part.
 */
final class FiBiNet implements Model {
  private static final ModelOption<Sharing> BILINEAR =
      ModelOption.choice(
          "bilinear",
          Sharing.INTERACTION,
          Sharing.class,
          "one matrix for all pairs, for each first field, or for each pair (interaction)");
  private static final ModelOption<Integer> REDUCTION =
      ModelOption.whole("senet_reduction", 3, 1, "SENET squeezes F fields to F / this");

  @Override
  public String name() {
    return "fibinet";
  }

  @Override
  public String title() {
    return "FiBiNET (RecSys 2019)";
  }

  @Override
  public Value logit(Layout layout) {
    Embeddings.Fields fields = Embeddings.ofOneWidth(layout);
    Value linear = LinearPart.over(layout);
    Sharing sharing = BILINEAR.of(layout.spec());
    Embeddings.Fields weighted = Interactions.senet(layout, fields, REDUCTION.of(layout.spec()));
    Value pairs =
        Join.concat(
            layout,
            Interactions.bilinear(layout, "bil_se", weighted, sharing),
            Interactions.bilinear(layout, "bil_raw", fields, sharing));
    Value deep = Head.over(layout, DenseTower.over(layout, pairs));
    return Join.sum(layout, linear, deep);
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(BILINEAR, REDUCTION, LinearPart.L2, LinearPart.FREEZES, Embeddings.l2From(0));
  }
}
