package org.example;

import java.util.List;
import org.mlora.model.DenseTower;
import org.mlora.model.Embeddings;
import org.mlora.model.Head;
import org.mlora.model.Interactions;
import org.mlora.model.Join;
import org.mlora.model.Layout;
import org.mlora.model.LinearPart;
import org.mlora.model.Model;
import org.mlora.model.ModelOption;
import org.mlora.network.Value;

/** A tower over embeddings that SENET weighs (FiBiNET, RecSys 2019), beside a linear part. */
public final class WeighedTower implements Model {
  private static final ModelOption<Integer> REDUCTION =
      ModelOption.whole("reduction", 3, 1, "fields for each number that SENET squeezes them to");

  @Override
  public String name() {
    return "weighed_tower";
  }

  @Override
  public String title() {
    return "tower over weighed embeddings";
  }

  @Override
  public Value logit(Layout layout) {
    Embeddings.Fields fields = Embeddings.ofOneWidth(layout);
    Embeddings.Fields weighed = Interactions.senet(layout, fields, REDUCTION.of(layout.spec()));
    Value deep = Head.over(layout, DenseTower.over(layout, weighed.value()));
    return Join.sum(layout, LinearPart.over(layout), deep);
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(REDUCTION, LinearPart.L2, LinearPart.FREEZES);
  }
}
