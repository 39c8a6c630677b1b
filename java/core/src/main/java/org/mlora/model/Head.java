package org.mlora.model;

import org.mlora.network.Role;
import org.mlora.network.Value;

/** The layer that makes the logit: x {@code out_w} + {@code out_b}, shared by all domains. */
public final class Head {
  private Head() {}

  /** The logit, (rows, 1). */
  public static Value over(Layout layout, Value x) {
    return Affine.named("out_w", "out_b")
        .over(layout, x, 1, Role.HEAD, layout.spec().initializers().head());
  }
}
