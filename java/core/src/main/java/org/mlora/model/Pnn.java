package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/**
 * Product-based network (ICDM 2016; spec §6): the dense tower over the embeddings and the products
 * of all pairs of fields; no linear part.
 */
final class Pnn implements Model {
  /** Which products. */
  enum Products {
    INNER,
    OUTER,
    BOTH
  }

  private static final ModelOption<Products> PRODUCTS =
      ModelOption.choice(
          "products",
          Products.INNER,
          Products.class,
          "products of two fields: inner (e_i · e_j), outer (e_i W_ij · e_j) or both");

  @Override
  public String name() {
    return "pnn";
  }

  @Override
  public String title() {
    return "product-based network (ICDM 2016)";
  }

  @Override
  public Value logit(Layout layout) {
    Embeddings.Fields fields = Embeddings.ofOneWidth(layout);
    Value signals =
        switch (PRODUCTS.of(layout.spec())) {
          case INNER ->
              Join.concat(layout, fields.value(), Interactions.innerProducts(layout, fields));
          case OUTER ->
              Join.concat(layout, fields.value(), Interactions.outerProducts(layout, fields));
          case BOTH ->
              Join.concat(
                  layout,
                  fields.value(),
                  Interactions.innerProducts(layout, fields),
                  Interactions.outerProducts(layout, fields));
        };
    return Head.over(layout, DenseTower.over(layout, signals));
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(PRODUCTS);
  }
}
