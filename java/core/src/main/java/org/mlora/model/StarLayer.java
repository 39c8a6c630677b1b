package org.mlora.model;

import java.util.List;
import java.util.Optional;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * Layers x (W * W_d) + b + b_d of a shared and a domain's own part (STAR, CIKM 2021, equations 5
 * and 6), named {@code W b star_W star_b} before their name.
 */
final class StarLayer {
  private StarLayer() {}

  /**
   * Such a layer.
   *
   * @param own where the domains' own matrices start
   */
  static Value over(
      Layout layout, String name, Value x, int width, Activation activation, Initializer own) {
    int domains = layout.net().domains();
    Initializer drawn = layout.spec().initializers().weight();
    Op.DomainDense.Shared shared =
        new Op.DomainDense.Shared(
            backbone(layout, "W" + name, List.of(x.width(), width), drawn),
            backbone(layout, "b" + name, List.of(width), new Initializer.Zeros()));
    Parameter weight =
        DomainTower.parameter(layout, "star_W" + name, List.of(domains, x.width(), width), own);
    Parameter bias =
        DomainTower.parameter(
            layout, "star_b" + name, List.of(domains, width), new Initializer.Zeros());
    Value out = layout.net().value(width);
    return layout
        .net()
        .add(new Op.DomainDense(x, weight, bias, Optional.of(shared), activation, out));
  }

  private static Parameter backbone(
      Layout layout, String name, List<Integer> shape, Initializer initializer) {
    return layout.net().parameter(name, shape, RowKind.WHOLE, Role.BACKBONE, initializer, 0);
  }
}
