package org.mlora.model;

import java.util.ArrayList;
import java.util.List;
import org.mlora.network.Initializer;
import org.mlora.network.Op;
import org.mlora.network.Op.Bilinear.Sharing;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/** Interactions among embeddings of one width, for models to be composed of. */
public final class Interactions {
  private Interactions() {}

  /** The sum over pairs of fields of their embeddings' products, (rows, width). */
  public static Value biInteraction(Layout layout, Embeddings.Fields fields) {
    Value out = layout.net().value(fields.width());
    return layout.net().add(new Op.BiInteraction(fields.value(), fields.count(), out));
  }

  /** e_i · e_j of all pairs, (rows, pairs). */
  public static Value innerProducts(Layout layout, Embeddings.Fields fields) {
    Value out = layout.net().value(fields.pairs());
    return layout.net().add(new Op.InnerProducts(fields.value(), fields.count(), out));
  }

  /** e_i W_ij · e_j of all pairs, (rows, pairs): the sums of the bilinear interactions. */
  public static Value outerProducts(Layout layout, Embeddings.Fields fields) {
    Value products =
        bilinear(
            layout, "outer_w", fields, Sharing.INTERACTION, new Initializer.GlorotUniform(false));
    return sums(layout, products, fields.width());
  }

  /** (e_i W) * e_j of all pairs side by side, (rows, pairs * width). */
  public static Value bilinear(
      Layout layout, String prefix, Embeddings.Fields fields, Sharing sharing) {
    return bilinear(layout, prefix, fields, sharing, new Initializer.GlorotNormal(false));
  }

  private static Value bilinear(
      Layout layout,
      String prefix,
      Embeddings.Fields fields,
      Sharing sharing,
      Initializer initializer) {
    List<Parameter> weights = new ArrayList<>();
    for (int i = 0; i < sharing.matrices(fields.count()); i++) {
      List<Integer> shape = List.of(fields.width(), fields.width());
      weights.add(weight(layout, prefix + i, shape, initializer));
    }
    Value out = layout.net().value(fields.pairs() * fields.width());
    return layout.net().add(new Op.Bilinear(fields.value(), fields.count(), sharing, weights, out));
  }

  /** Embeddings weighted by SENET, {@code se_w1} and {@code se_w2}. */
  public static Embeddings.Fields senet(Layout layout, Embeddings.Fields fields, int reduction) {
    int count = fields.count();
    int reduced = Math.max(1, count / reduction);
    Initializer drawn = new Initializer.GlorotNormal(false);
    Parameter squeeze = weight(layout, "se_w1", List.of(count, reduced), drawn);
    Parameter excite = weight(layout, "se_w2", List.of(reduced, count), drawn);
    Value out = layout.net().value(fields.value().width());
    layout.net().add(new Op.Senet(fields.value(), count, squeeze, excite, out));
    return new Embeddings.Fields(out, count, fields.width());
  }

  /** The sum of each group of {@code size} neighbouring columns. */
  public static Value sums(Layout layout, Value in, int size) {
    return layout.net().add(new Op.SumGroups(in, layout.net().value(in.width() / size)));
  }

  private static Parameter weight(
      Layout layout, String name, List<Integer> shape, Initializer initializer) {
    return layout.net().parameter(name, shape, RowKind.WHOLE, Role.BACKBONE, initializer, 0);
  }
}
