package org.mlora.model;

import java.util.List;
import org.mlora.network.Initializer;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * Deep &amp; Cross network (ADKDD 2017; matrix form: DCN V2, WWW 2021; spec §6): cross layers
 * beside the dense tower, both into one logit, and a linear part.
 */
final class Dcn implements Model {
  /**
   * The weights of a cross layer: a vector, x0 (x · w) + b + x, or a matrix, x0 * (x W + b) + x.
   */
  enum Form {
    VECTOR,
    MATRIX
  }

  private static final ModelOption<Integer> LAYERS =
      ModelOption.whole("cross_layers", 2, 1, "number of cross layers");
  private static final ModelOption<Form> FORM =
      ModelOption.choice(
          "cross_form", Form.VECTOR, Form.class, "weights of a cross layer: vector or matrix");
  private static final ModelOption<Double> L2 =
      ModelOption.penalty("cross_l2", 1e-5, "L2 penalty on the weights of cross layers");

  @Override
  public String name() {
    return "dcn";
  }

  @Override
  public String title() {
    return "Deep & Cross network (ADKDD 2017)";
  }

  @Override
  public Value logit(Layout layout) {
    Value embeddings = Embeddings.concatenated(layout);
    Value linear = LinearPart.over(layout);
    Value crossed = embeddings;
    for (int i = 0; i < LAYERS.of(layout.spec()); i++) {
      crossed = cross(layout, i, embeddings, crossed);
    }
    Value deep = DenseTower.over(layout, embeddings);
    return Join.sum(layout, linear, Head.over(layout, Join.concat(layout, crossed, deep)));
  }

  private static Value cross(Layout layout, int i, Value start, Value x) {
    String w = "cross_w" + i;
    String b = "cross_b" + i;
    Initializer drawn = new Initializer.GlorotNormal(false);
    double l2 = L2.of(layout.spec());
    if (FORM.of(layout.spec()) == Form.MATRIX) {
      Value mapped =
          Affine.named(w, b)
              .adapted(layout, x, x.width(), drawn, l2, AdapterPlace.CROSS, Integer.toString(i));
      Value out = layout.net().value(x.width());
      return layout.net().add(new Op.MultiplyAdd(start, mapped, x, out));
    }
    Parameter weight = column(layout, w, x.width(), drawn, l2);
    Parameter bias = column(layout, b, x.width(), new Initializer.Zeros(), 0);
    return layout.net().add(new Op.Cross(start, x, weight, bias, layout.net().value(x.width())));
  }

  private static Parameter column(
      Layout layout, String name, int height, Initializer initializer, double l2) {
    return layout
        .net()
        .parameter(name, List.of(height, 1), RowKind.WHOLE, Role.BACKBONE, initializer, l2);
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(LAYERS, FORM, L2, LinearPart.L2, LinearPart.FREEZES);
  }
}
