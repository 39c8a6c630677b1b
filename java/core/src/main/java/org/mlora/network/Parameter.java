package org.mlora.network;

import java.util.List;

/**
 * A tensor that a model consists of, row-major: trained, given, or of moving statistics.
 *
 * @param index position in {@link Network#parameters()}
 * @param name unique name, also its name in {@code weights.safetensors}
 * @param shape sizes of its axes; the first one counts rows unless {@code rowKind} is WHOLE
 * @param l2 the penalty lambda: lambda * sum of squares over the whole tensor is added to the loss
 * @param l2From the optimizer step of a phase from which the penalty is added; at least 0
 * @param trained false where no gradient ever moves it (frozen pretrained embeddings, {@link
 *     Role#STATISTICS})
 */
public record Parameter(
    int index,
    String name,
    List<Integer> shape,
    RowKind rowKind,
    Role role,
    Initializer initializer,
    double l2,
    long l2From,
    boolean trained) {
  public Parameter {
    shape = List.copyOf(shape);
  }

  /** Rows that are updated independently of each other. */
  public int rows() {
    return rowKind == RowKind.WHOLE ? 1 : shape.get(0);
  }

  /** Values in one row. */
  public int rowSize() {
    return Math.toIntExact(size() / rows());
  }

  /** Values in all. */
  public long size() {
    long n = 1;
    for (int axis : shape) {
      n *= axis;
    }
    return n;
  }
}
