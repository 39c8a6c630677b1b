package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/** Factorization machine (ICDM 2010): a linear part and all products of two embeddings. */
final class FactorizationMachine implements Model {
  @Override
  public String title() {
    return "factorization machine (ICDM 2010)";
  }

  @Override
  public Value logit(Layout layout) {
    Embeddings.Fields fields = Embeddings.ofOneWidth(layout);
    Value linear = LinearPart.over(layout);
    Value products = Interactions.biInteraction(layout, fields);
    return Join.sum(layout, linear, products);
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(LinearPart.L2, LinearPart.FREEZES);
  }
}
