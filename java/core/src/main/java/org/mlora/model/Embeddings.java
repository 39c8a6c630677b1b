package org.mlora.model;

import java.util.List;
import java.util.stream.IntStream;
import org.mlora.data.Field;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;
import org.mlora.network.Op;
import org.mlora.network.Value;

/**
 * One embedding for each field, in the order of the schema, and last the domain's. Tables are named
 * {@code emb_} and the field; the domain's is {@code emb_dom}.
 */
public final class Embeddings {
  private static final String PREFIX = "emb_";

  private Embeddings() {}

  /**
   * For models whose tower reads products of embeddings alone: the gradient of one shrinks with the
   * others, and a penalty that begins before embeddings have grown may draw all of them to zero.
   */
  public static ModelOption<Integer> l2From(int absent) {
    return ModelOption.whole(
        "embedding_l2_from", absent, 0, "the penalty on embeddings begins after so many steps");
  }

  /**
   * Embeddings of one width side by side, for interactions of fields.
   *
   * @param value (rows, count * width)
   * @param count number of fields, the domain among them; at least 1
   */
  public record Fields(Value value, int count, int width) {
    /** The number of pairs of fields. */
    public int pairs() {
      return count * (count - 1) / 2;
    }
  }

  /** All embeddings side by side, each of its field's width, (rows, sum of widths). */
  public static Value concatenated(Layout layout) {
    return concatenated(layout, true);
  }

  /** The same, with an embedding of the domain that is trained, or stays as it starts. */
  public static Value concatenated(Layout layout, boolean domainTrained) {
    int fields = layout.schema().fields().size();
    List<Integer> widths = IntStream.range(0, fields).mapToObj(i -> width(layout, i)).toList();
    int sum = widths.stream().mapToInt(Integer::intValue).sum();
    Value out = layout.net().value(sum + layout.spec().embeddingDim());
    int column = 0;
    for (int i = 0; i < fields; i++) {
      read(layout, i, widths.get(i), out, column);
      column += widths.get(i);
    }
    readDomain(layout, out, column, domainTrained);
    return out;
  }

  /**
   * All embeddings side by side, each of {@code embedding_dim}. A field of another width is mapped
   * to it by a layer without activation, {@code proj_w_} and {@code proj_b_} and the field.
   */
  public static Fields ofOneWidth(Layout layout) {
    int width = layout.spec().embeddingDim();
    int fields = layout.schema().fields().size();
    if (fields == 0) {
      throw new InvalidInputException(
          "the schema has no fields, and interactions need one beside the domain");
    }
    Value out = layout.net().value((fields + 1) * width);
    for (int i = 0; i < fields; i++) {
      int own = width(layout, i);
      if (own == width) {
        read(layout, i, width, out, i * width);
      } else {
        Value given = layout.net().value(own);
        read(layout, i, own, given, 0);
        Value mapped = projected(layout, i, given, width);
        layout.net().add(new Op.Copy(mapped, 0, width, out, i * width));
      }
    }
    readDomain(layout, out, fields * width, true);
    return new Fields(out, fields + 1, width);
  }

  private static Value projected(Layout layout, int field, Value given, int width) {
    String name = layout.schema().fields().get(field).name();
    Initializer initializer = layout.spec().initializers().weight();
    return Affine.named("proj_w_" + name, "proj_b_" + name)
        .adapted(layout, given, width, initializer, 0, AdapterPlace.PROJECTION, "_" + name);
  }

  /** The width of a field's embedding in {@link #concatenated}. */
  public static int width(Layout layout, int index) {
    Field field = layout.schema().fields().get(index);
    int width = field.embeddingWidth().orElse(layout.spec().embeddingDim());
    if (width < 1) {
      throw new InvalidInputException(
          "field '" + field.name() + "' has embeddings of width " + width + "; give 1 or more");
    }
    return width;
  }

  private static void read(Layout layout, int index, int width, Value out, int column) {
    FieldInputs.Tables tables = tables(layout);
    boolean trained = true;
    if (layout.schema().fields().get(index) instanceof Field.Pretrained field) {
      Initializer given = new Initializer.Pretrained(field.name());
      tables = new FieldInputs.Tables(PREFIX, given, tables.l2(), tables.l2From());
      trained = field.trained();
    }
    FieldInputs.read(layout, tables, index, width, trained, out, column);
  }

  private static void readDomain(Layout layout, Value out, int column, boolean trained) {
    int width = layout.spec().embeddingDim();
    FieldInputs.readDomain(layout, tables(layout), width, trained, out, column);
  }

  private static FieldInputs.Tables tables(Layout layout) {
    Initializer drawn = layout.spec().initializers().embedding();
    int from = l2From(0).of(layout.spec());
    return new FieldInputs.Tables(PREFIX, drawn, layout.spec().embeddingL2(), from);
  }
}
