package org.mlora.model;

import java.util.List;
import java.util.Optional;
import org.mlora.network.Initializer;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * AutoInt (CIKM 2019; spec §6): layers of self-attention among the fields beside the dense tower,
 * both into one logit, and a linear part.
 */
final class AutoInt implements Model {
  private static final ModelOption<Integer> LAYERS =
      ModelOption.whole("attention_layers", 3, 1, "number of interacting layers");
  private static final ModelOption<Integer> HEADS =
      ModelOption.whole("attention_heads", 4, 1, "attention heads of a layer");
  private static final ModelOption<Integer> WIDTH =
      ModelOption.whole("attention_width", 8, 1, "width of a head");
  private static final ModelOption<Boolean> SCALED =
      ModelOption.flag(
          "attention_scaled", false, "divides scores by the root of the width of a head");

  @Override
  public String name() {
    return "autoint";
  }

  @Override
  public String title() {
    return "AutoInt (CIKM 2019)";
  }

  @Override
  public Value logit(Layout layout) {
    Embeddings.Fields fields = Embeddings.ofOneWidth(layout);
    Value linear = LinearPart.over(layout);
    Value attended = fields.value();
    for (int i = 0; i < LAYERS.of(layout.spec()); i++) {
      attended = interact(layout, i, attended, fields.count());
    }
    Value deep = DenseTower.over(layout, fields.value());
    return Join.sum(layout, linear, Head.over(layout, Join.concat(layout, attended, deep)));
  }

  private static Value interact(Layout layout, int i, Value in, int fields) {
    int heads = HEADS.of(layout.spec());
    int width = WIDTH.of(layout.spec());
    double scale = SCALED.of(layout.spec()) ? 1 / Math.sqrt(width) : 1;
    List<Integer> shape = List.of(in.width() / fields, heads * width);
    Optional<Op.Attention.Adapters> adapters = Adapters.ofAttention(layout, i, shape);
    return layout
        .net()
        .add(
            new Op.Attention(
                in,
                fields,
                heads,
                scale,
                matrix(layout, "att_q" + i, shape),
                matrix(layout, "att_k" + i, shape),
                matrix(layout, "att_v" + i, shape),
                matrix(layout, "att_res" + i, shape),
                adapters,
                layout.net().value(fields * heads * width)));
  }

  private static Parameter matrix(Layout layout, String name, List<Integer> shape) {
    Initializer drawn = new Initializer.TruncatedNormal(0.05);
    return layout.net().parameter(name, shape, RowKind.WHOLE, Role.BACKBONE, drawn, 0);
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(LAYERS, HEADS, WIDTH, SCALED, LinearPart.L2, LinearPart.FREEZES);
  }
}
