package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import org.mlora.backend.Engine;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;

/**
 * Whether a penalty has drawn embeddings to zero: all of them, or those of ids that few rows read.
 *
 * <p>Where a network multiplies embeddings with each other, the gradient of one shrinks with the
 * others, so that once they are small they do not come back; what is left are linear weights and
 * biases. And Adam divides the penalty's gradient by its own size, so that a row that is hardly
 * ever read goes to zero however small the penalty is.
 */
final class EmbeddingCheck {
  /**
   * Root of the mean square: embeddings start at 0.01, and those that are in use grow from there.
   */
  private static final double GONE = 1e-3;

  /**
   * Share of a table's rows. On Epinions with all its ids a third of the items' are gone, and
   * without the penalty, or with a lower rate, predictions are better; where ids are read often,
   * hardly any.
   */
  private static final double MANY = 0.2;

  private static final int CHUNK = 1 << 20;

  private EmbeddingCheck() {}

  /**
   * A table after a training.
   *
   * @param size root of the mean square of its values
   * @param gone share of its rows whose values are gone
   */
  private record Table(Parameter parameter, double size, double gone) {}

  /** What to tell whoever trained the engine, if anything. */
  static Optional<String> warning(Engine engine) {
    List<Table> tables =
        engine.network().parameters().stream()
            .filter(EmbeddingCheck::isPenalizedTable)
            .map(parameter -> table(engine, parameter))
            .toList();
    if (!tables.isEmpty() && tables.stream().allMatch(table -> table.size < GONE)) {
      return Optional.of(
          "the L2 penalty of "
              + tables.get(0).parameter.l2()
              + " has drawn all embeddings to zero, and the layers that read them learned nothing;"
              + " train again with a smaller --embedding-l2, a third of it for example");
    }
    return tables.stream()
        .filter(table -> table.gone > MANY)
        .findFirst()
        .map(
            table ->
                "the L2 penalty has drawn "
                    + Math.round(100 * table.gone)
                    + " % of the rows of '"
                    + table.parameter.name()
                    + "' to zero, ids that few training rows read; see what --lr 1e-4,"
                    + " --embedding-l2 0 or 'mlora tune' gives");
  }

  private static boolean isPenalizedTable(Parameter p) {
    return p.role() == Role.EMBEDDING
        && p.trained()
        && p.l2() > 0
        && p.rowKind() != RowKind.WHOLE
        && p.rowSize() > 1;
  }

  private static Table table(Engine engine, Parameter parameter) {
    int width = parameter.rowSize();
    int rows = Math.max(1, CHUNK / width);
    double squares = 0;
    long gone = 0;
    for (int from = 0; from < parameter.rows(); from += rows) {
      float[] values = new float[Math.min(rows, parameter.rows() - from) * width];
      engine.read(parameter, Engine.Slot.VALUE, (long) from * width, FloatBuffer.wrap(values));
      for (int row = 0; row < values.length; row += width) {
        double sum = 0;
        for (int i = row; i < row + width; i++) {
          sum += (double) values[i] * values[i];
        }
        squares += sum;
        gone += sum < GONE * GONE * width ? 1 : 0;
      }
    }
    return new Table(
        parameter, Math.sqrt(squares / parameter.size()), (double) gone / parameter.rows());
  }
}
