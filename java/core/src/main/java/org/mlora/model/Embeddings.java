package org.mlora.model;

import java.util.ArrayList;
import java.util.List;
import org.mlora.data.Field;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;
import org.mlora.network.Input;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * One embedding for each field, in the order of the schema, and last the domain's. Tables are named
 * {@code emb_} and the field; the domain's is {@code emb_dom}.
 */
final class Embeddings {
  private static final String DOMAIN = "dom";

  private Embeddings() {}

  /** All embeddings side by side, (rows, sum of widths). */
  static Value concatenated(Layout layout) {
    List<Integer> widths = new ArrayList<>();
    for (Field field : layout.schema().fields()) {
      widths.add(width(layout, field));
    }
    widths.add(layout.spec().embeddingDim());
    Value out = layout.net().value(widths.stream().mapToInt(Integer::intValue).sum());
    int column = 0;
    for (int i = 0; i < layout.schema().fields().size(); i++) {
      add(layout, layout.schema().fields().get(i), widths.get(i), out, column);
      column += widths.get(i);
    }
    domain(layout, out, column);
    return out;
  }

  private static int width(Layout layout, Field field) {
    int width = field.embeddingWidth().orElse(layout.spec().embeddingDim());
    if (width < 1) {
      throw new InvalidInputException(
          "field '" + field.name() + "' has embeddings of width " + width + "; give 1 or more");
    }
    return width;
  }

  private static void add(Layout layout, Field field, int width, Value out, int column) {
    Network.Builder net = layout.net();
    if (field.name().equals(DOMAIN)) {
      throw new InvalidInputException(
          "a field is named 'dom', which is kept for the domain; rename the field");
    }
    Initializer drawn = layout.spec().initializers().embedding();
    if (field instanceof Field.Categorical f) {
      Input input = net.input(f.name(), Input.Kind.ID, f.idCount());
      Parameter table = table(layout, f.name(), f.idCount(), width, drawn, true);
      net.add(new Op.Lookup(input.index(), table, out, column));
    } else if (field instanceof Field.Pretrained f) {
      Input input = net.input(f.name(), Input.Kind.ID, f.idCount());
      Initializer given = new Initializer.Pretrained(f.name());
      Parameter table = table(layout, f.name(), f.idCount(), width, given, f.trained());
      net.add(new Op.Lookup(input.index(), table, out, column));
    } else if (field instanceof Field.MultiValued f) {
      Input input = net.input(f.name(), Input.Kind.BAG, f.idCount());
      Parameter table = table(layout, f.name(), f.idCount(), width, drawn, true);
      net.add(new Op.BagLookup(input.index(), table, f.pooling(), out, column));
    } else if (field instanceof Field.Numeric f) {
      Input input = net.input(f.name(), Input.Kind.NUMBER, 0);
      Parameter vector =
          net.parameter(
              "emb_" + f.name(),
              List.of(width),
              RowKind.WHOLE,
              Role.EMBEDDING,
              drawn,
              layout.spec().embeddingL2());
      net.add(new Op.Scale(input.index(), vector, out, column));
    }
  }

  private static void domain(Layout layout, Value out, int column) {
    Parameter table =
        layout
            .net()
            .parameter(
                "emb_" + DOMAIN,
                List.of(layout.net().domains(), layout.spec().embeddingDim()),
                RowKind.BY_DOMAIN,
                Role.EMBEDDING,
                layout.spec().initializers().embedding(),
                layout.spec().embeddingL2());
    layout.net().add(new Op.Lookup(Network.DOMAIN, table, out, column));
  }

  private static Parameter table(
      Layout layout, String field, int ids, int width, Initializer initializer, boolean trained) {
    if (ids < 1) {
      throw new InvalidInputException(
          "field '" + field + "' has " + ids + " ids; its table needs at least one row");
    }
    return layout
        .net()
        .parameter(
            "emb_" + field,
            List.of(ids, width),
            RowKind.BY_ID,
            Role.EMBEDDING,
            initializer,
            layout.spec().embeddingL2(),
            trained);
  }
}
