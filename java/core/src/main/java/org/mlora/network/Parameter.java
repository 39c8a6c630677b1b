package org.mlora.network;

import java.util.List;
import org.mlora.error.InvalidInputException;

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
  /**
   * Checks the shape.
   *
   * @throws InvalidInputException when a row has more numbers than can be counted
   */
  public Parameter {
    shape = List.copyOf(shape);
    long row = 1;
    for (int axis : rowKind == RowKind.WHOLE ? shape : shape.subList(1, shape.size())) {
      // Each factor is an int, and so is what it is multiplied with.
      row = row > Integer.MAX_VALUE ? row : row * axis;
    }
    if (row > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          "parameter '"
              + name
              + "' of shape "
              + shape
              + " is too large: at most "
              + Integer.MAX_VALUE
              + " numbers belong together; give smaller sizes");
    }
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
