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

/** Dense layers that each domain has for itself; a row goes through those of its domain alone. */
public final class DomainTower {
  private DomainTower() {}

  /** relu layers of these widths, {@code W0 b0 W1 ..} after the prefix; no dropout. */
  public static Value over(Layout layout, String prefix, Value input, List<Integer> widths) {
    Value x = input;
    for (int i = 0; i < widths.size(); i++) {
      x = layer(layout, prefix + "W" + i, prefix + "b" + i, x, widths.get(i), Activation.RELU);
    }
    return x;
  }

  /** A layer without activation. */
  public static Value affine(Layout layout, String weight, String bias, Value x, int width) {
    return layer(layout, weight, bias, x, width, Activation.NONE);
  }

  private static Value layer(
      Layout layout, String weight, String bias, Value x, int width, Activation activation) {
    int domains = layout.net().domains();
    Initializer drawn = layout.spec().initializers().weight();
    Parameter w = parameter(layout, weight, List.of(domains, x.width(), width), drawn);
    Parameter b = parameter(layout, bias, List.of(domains, width), new Initializer.Zeros());
    Value out = layout.net().value(width);
    return layout.net().add(new Op.DomainDense(x, w, b, Optional.empty(), activation, out));
  }

  /** A parameter with a row for each domain. */
  public static Parameter parameter(
      Layout layout, String name, List<Integer> shape, Initializer initializer) {
    return layout.net().parameter(name, shape, RowKind.BY_DOMAIN, Role.TOWER, initializer, 0);
  }
}
