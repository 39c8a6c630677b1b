package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import org.mlora.backend.Engine;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;

/**
 * Whether a penalty has drawn all embeddings to zero. Where a network multiplies embeddings with
 * each other, the gradient of one shrinks with the others, so that once they are small they do not
 * come back; what is left are linear weights and biases.
 */
final class EmbeddingCheck {
  /**
   * Root of the mean square: embeddings start at 0.01, and those that are in use grow from there.
   */
  private static final double GONE = 1e-3;

  private static final int CHUNK = 1 << 20;

  private EmbeddingCheck() {}

  /** What to tell whoever trained the engine, if anything. */
  static Optional<String> warning(Engine engine) {
    List<Parameter> tables =
        engine.network().parameters().stream().filter(EmbeddingCheck::isPenalizedTable).toList();
    if (tables.isEmpty() || tables.stream().anyMatch(table -> size(engine, table) >= GONE)) {
      return Optional.empty();
    }
    return Optional.of(
        "the L2 penalty of "
            + tables.get(0).l2()
            + " has drawn all embeddings to zero, and the layers that read them learned nothing;"
            + " train again with a smaller --embedding-l2, a third of it for example");
  }

  private static boolean isPenalizedTable(Parameter p) {
    return p.role() == Role.EMBEDDING
        && p.trained()
        && p.l2() > 0
        && p.rowKind() != RowKind.WHOLE
        && p.rowSize() > 1;
  }

  private static double size(Engine engine, Parameter table) {
    double squares = 0;
    for (long at = 0; at < table.size(); at += CHUNK) {
      float[] values = new float[(int) Math.min(CHUNK, table.size() - at)];
      engine.read(table, Engine.Slot.VALUE, at, FloatBuffer.wrap(values));
      for (float value : values) {
        squares += (double) value * value;
      }
    }
    return Math.sqrt(squares / table.size());
  }
}
