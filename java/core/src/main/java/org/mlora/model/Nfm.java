package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/**
 * Neural factorization machine (SIGIR 2017; spec §6): the dense tower over bi-interaction pooling
 * of the embeddings, beside a linear part.
 */
final class Nfm implements Model {
  @Override
  public String name() {
    return "nfm";
  }

  @Override
  public String title() {
    return "neural factorization machine (SIGIR 2017)";
  }

  @Override
  public Value logit(Layout layout) {
    Embeddings.Fields fields = Embeddings.ofOneWidth(layout);
    Value linear = LinearPart.over(layout);
    Value pooled = Interactions.biInteraction(layout, fields);
    Value deep = Head.over(layout, DenseTower.over(layout, pooled));
    return Join.sum(layout, linear, deep);
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(LinearPart.L2, LinearPart.FREEZES, Embeddings.l2From(600));
  }
}
