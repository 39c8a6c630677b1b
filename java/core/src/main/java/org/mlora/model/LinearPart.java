package org.mlora.model;

import org.mlora.data.Field;
import org.mlora.network.Initializer;
import org.mlora.network.Value;

/**
 * The linear part of wide models: one number for each id of each field and for each domain, named
 * {@code lin_} and the field, starting at 0 (spec §6).
 */
public final class LinearPart {
  /** Its penalty, by default 1e-5. */
  public static final ModelOption<Double> L2 =
      ModelOption.penalty("linear_l2", 1e-5, "L2 penalty on the linear part");

  /** Whether the numbers of a frozen pretrained field are frozen too; by default not. */
  public static final ModelOption<Boolean> FREEZES =
      ModelOption.flag(
          "linear_freezes",
          false,
          "the linear part of a frozen pretrained field is frozen too, as in the published code"
              + " (Q18)");

  private LinearPart() {}

  /** The numbers of all fields, (rows, fields + 1); their sum is the linear logit. */
  public static Value over(Layout layout) {
    FieldInputs.Tables tables =
        new FieldInputs.Tables("lin_", new Initializer.Zeros(), L2.of(layout.spec()), 0);
    boolean freezes = FREEZES.of(layout.spec());
    int fields = layout.schema().fields().size();
    Value out = layout.net().value(fields + 1);
    for (int i = 0; i < fields; i++) {
      boolean frozen =
          layout.schema().fields().get(i) instanceof Field.Pretrained field && !field.trained();
      FieldInputs.read(layout, tables, i, 1, !(freezes && frozen), out, i);
    }
    FieldInputs.readDomain(layout, tables, 1, true, out, fields);
    return out;
  }
}
