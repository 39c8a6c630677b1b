package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/** Wide &amp; Deep (DLRS 2016; spec §6): a linear part beside the dense tower. */
final class Wdl implements Model {
  @Override
  public String name() {
    return "wdl";
  }

  @Override
  public String title() {
    return "Wide & Deep (DLRS 2016)";
  }

  @Override
  public Value logit(Layout layout) {
    Value embeddings = Embeddings.concatenated(layout);
    Value wide = LinearPart.over(layout);
    Value deep = Head.over(layout, DenseTower.over(layout, embeddings));
    return Join.sum(layout, wide, deep);
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(LinearPart.L2, LinearPart.FREEZES);
  }
}
