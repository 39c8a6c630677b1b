package org.mlora.model;

import java.util.Arrays;
import org.mlora.network.Op;
import org.mlora.network.Value;

/** Values side by side, and their sum. */
public final class Join {
  private Join() {}

  /** The values side by side, (rows, sum of widths). */
  public static Value concat(Layout layout, Value... parts) {
    Value out = layout.net().value(Arrays.stream(parts).mapToInt(Value::width).sum());
    int column = 0;
    for (Value part : parts) {
      layout.net().add(new Op.Copy(part, 0, part.width(), out, column));
      column += part.width();
    }
    return out;
  }

  /** The sum of all columns of all values, (rows, 1). */
  public static Value sum(Layout layout, Value... parts) {
    return layout.net().add(new Op.SumGroups(concat(layout, parts), layout.net().value(1)));
  }

  /** Some neighbouring columns. */
  public static Value slice(Layout layout, Value in, int from, int width) {
    return layout.net().add(new Op.Copy(in, from, width, layout.net().value(width), 0));
  }
}
