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

/** The layer that makes the logit: x {@code out_w} + {@code out_b}, shared by all domains. */
final class Head {
  private Head() {}

  /** The logit, (rows, 1). */
  static Value over(Layout layout, Value x) {
    Initializer initializer = layout.spec().initializers().head();
    Parameter weight = parameter(layout, "out_w", List.of(x.width(), 1), initializer);
    Parameter bias = parameter(layout, "out_b", List.of(1), new Initializer.Zeros());
    int stream = layout.spec().hidden().size();
    Value out = layout.net().value(1);
    return layout
        .net()
        .add(new Op.Dense(x, weight, bias, Optional.empty(), Activation.NONE, 0, stream, out));
  }

  private static Parameter parameter(
      Layout layout, String name, List<Integer> shape, Initializer initializer) {
    return layout.net().parameter(name, shape, RowKind.WHOLE, Role.HEAD, initializer, 0);
  }
}
