package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/**
 * DeepFM (IJCAI 2017; spec §6): a linear part, all products of two fields' embeddings, and the
 * dense tower, over the same embeddings.
 */
final class DeepFm implements Model {
  @Override
  public String name() {
    return "deepfm";
  }

  @Override
  public String title() {
    return "DeepFM (IJCAI 2017)";
  }

  @Override
  public Value logit(Layout layout) {
    Embeddings.Fields fields = Embeddings.ofOneWidth(layout);
    Value linear = LinearPart.over(layout);
    Value products = Interactions.biInteraction(layout, fields);
    Value deep = Head.over(layout, DenseTower.over(layout, fields.value()));
    return Join.sum(layout, linear, products, deep);
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(LinearPart.L2, LinearPart.FREEZES);
  }
}
