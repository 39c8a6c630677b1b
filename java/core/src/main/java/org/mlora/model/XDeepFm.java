package org.mlora.model;

import java.util.List;
import org.mlora.network.Initializer;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * xDeepFM (KDD 2018; spec §6): a compressed interaction network beside the dense tower and a linear
 * part. With split maps, half of a layer's maps go on and the other half to the output; of the last
 * layer, all go to the output.
 */
final class XDeepFm implements Model {
  private static final ModelOption<List<Integer>> MAPS =
      ModelOption.wholes(
          "cin_layers", List.of(128, 128), 1, "feature maps of each interaction layer");
  private static final ModelOption<Boolean> SPLIT =
      ModelOption.flag(
          "cin_split_half", true, "half of the maps go to the next layer, half to the output");

  @Override
  public String name() {
    return "xdeepfm";
  }

  @Override
  public String title() {
    return "xDeepFM (KDD 2018)";
  }

  @Override
  public Value logit(Layout layout) {
    Embeddings.Fields fields = Embeddings.ofOneWidth(layout);
    Value linear = LinearPart.over(layout);
    Value pooled = interactions(layout, fields);
    Value explicit =
        Affine.named("cin_out_w", "cin_out_b")
            .over(layout, pooled, 1, Role.HEAD, layout.spec().initializers().head());
    Value deep = Head.over(layout, DenseTower.over(layout, fields.value()));
    return Join.sum(layout, linear, explicit, deep);
  }

  /** The sums of all maps that go to the output. */
  private static Value interactions(Layout layout, Embeddings.Fields fields) {
    List<Integer> sizes = MAPS.of(layout.spec());
    int width = fields.width();
    Value[] sums = new Value[sizes.size()];
    Value x = fields.value();
    for (int i = 0; i < sums.length; i++) {
      Value maps = layer(layout, i, fields, x, sizes.get(i));
      boolean splits = SPLIT.of(layout.spec()) && i + 1 < sums.length && sizes.get(i) > 1;
      int next = splits ? sizes.get(i) / 2 : 0;
      Value out =
          splits ? Join.slice(layout, maps, next * width, maps.width() - next * width) : maps;
      sums[i] = Interactions.sums(layout, out, width);
      x = splits ? Join.slice(layout, maps, 0, next * width) : maps;
    }
    return Join.concat(layout, sums);
  }

  private static Value layer(Layout layout, int i, Embeddings.Fields fields, Value x, int maps) {
    int pairs = fields.count() * (x.width() / fields.width());
    Parameter weight =
        layout
            .net()
            .parameter(
                "cin_w" + i,
                List.of(1, pairs, maps),
                RowKind.WHOLE,
                Role.BACKBONE,
                new Initializer.GlorotUniform(false),
                0);
    Parameter bias =
        layout
            .net()
            .parameter(
                "cin_b" + i,
                List.of(maps),
                RowKind.WHOLE,
                Role.BACKBONE,
                new Initializer.Zeros(),
                0);
    Value out = layout.net().value(maps * fields.width());
    return layout.net().add(new Op.Cin(fields.value(), x, fields.width(), weight, bias, out));
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(MAPS, SPLIT, LinearPart.L2, LinearPart.FREEZES);
  }
}
