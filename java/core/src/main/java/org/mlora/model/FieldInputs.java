package org.mlora.model;

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
 * The columns of the schema's fields, and the tables that read them: a row of a table for each id,
 * the pooled rows of a list of ids, a vector times a number. Tables are named by a prefix and their
 * field; the domain's field is called {@code dom}.
 */
final class FieldInputs {
  static final String DOMAIN = "dom";

  private FieldInputs() {}

  /**
   * What the tables of all fields have in common.
   *
   * @param prefix of their names
   * @param l2From as of {@link Parameter}
   */
  record Tables(String prefix, Initializer initializer, double l2, long l2From) {}

  /** Adds an input for each field, in the order of the schema. */
  static void add(Layout layout) {
    for (Field field : layout.schema().fields()) {
      if (field.name().equals(DOMAIN)) {
        throw new InvalidInputException(
            "a field is named 'dom', which is kept for the domain; rename the field");
      }
      if (field instanceof Field.Numeric) {
        layout.net().input(field.name(), Input.Kind.NUMBER, 0);
      } else {
        boolean bag = field instanceof Field.MultiValued;
        int ids = field.tableRows().orElseThrow();
        layout.net().input(field.name(), bag ? Input.Kind.BAG : Input.Kind.ID, ids);
      }
    }
  }

  /** Reads a field into columns of {@code out}, through a table of that width. */
  static void read(
      Layout layout, Tables tables, int field, int width, boolean trained, Value out, int column) {
    Field kind = layout.schema().fields().get(field);
    if (kind instanceof Field.Numeric) {
      Parameter vector =
          layout
              .net()
              .parameter(
                  tables.prefix + kind.name(),
                  List.of(width),
                  RowKind.WHOLE,
                  Role.EMBEDDING,
                  tables.initializer,
                  tables.l2,
                  tables.l2From,
                  true);
      layout.net().add(new Op.Scale(field, vector, out, column));
      return;
    }
    Parameter table =
        layout
            .net()
            .parameter(
                tables.prefix + kind.name(),
                List.of(kind.tableRows().orElseThrow(), width),
                RowKind.BY_ID,
                Role.EMBEDDING,
                tables.initializer,
                tables.l2,
                tables.l2From,
                trained);
    layout
        .net()
        .add(
            kind instanceof Field.MultiValued bag
                ? new Op.BagLookup(field, table, bag.pooling(), out, column)
                : new Op.Lookup(field, table, out, column));
  }

  /** Reads the domain of the row. */
  static void readDomain(
      Layout layout, Tables tables, int width, boolean trained, Value out, int column) {
    Parameter table =
        layout
            .net()
            .parameter(
                tables.prefix + DOMAIN,
                List.of(layout.net().domains(), width),
                RowKind.BY_DOMAIN,
                Role.EMBEDDING,
                tables.initializer,
                tables.l2,
                tables.l2From,
                trained);
    layout.net().add(new Op.Lookup(Network.DOMAIN, table, out, column));
  }
}
