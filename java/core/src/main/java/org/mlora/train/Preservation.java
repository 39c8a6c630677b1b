package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.Optional;
import org.mlora.backend.Engine;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.DirectBuffers;
import org.mlora.data.Split;
import org.mlora.network.Parameter;
import org.mlora.serve.MloraModel;

/**
 * Whether a model that learnt one domain more is otherwise the same, compared bit by bit.
 *
 * @param parameters values compared: all that the model had before
 * @param predictions compared: rows of known domains as they are; rows of other domains as rows of
 *     each known domain in turn, and as rows of an unknown one
 * @param difference the first that was found
 */
public record Preservation(long parameters, long predictions, Optional<String> difference) {
  private static final int CHUNK = 1 << 18;

  /**
   * Compares on all rows of a data set.
   *
   * @param after has the domains of {@code before}, and others after them
   */
  public static Preservation of(MloraModel before, MloraModel after, Dataset data) {
    Optional<String> difference = Optional.empty();
    long parameters = 0;
    for (Parameter parameter : before.network().parameters()) {
      parameters += parameter.size();
      difference = difference.or(() -> difference(before, after, parameter));
    }
    long predictions = 0;
    for (Split split : Split.values()) {
      Columns rows = asKnown(before.columns(data, split), before.schema().domains().size());
      predictions += rows.rows();
      difference = difference.or(() -> difference(before, after, rows, split));
    }
    return new Preservation(parameters, predictions, difference);
  }

  private static Optional<String> difference(
      MloraModel before, MloraModel after, Parameter parameter) {
    Parameter same = after.network().parameters().get(parameter.index());
    FloatBuffer old = DirectBuffers.floats((int) Math.min(CHUNK, parameter.size()));
    FloatBuffer now = DirectBuffers.floats(old.capacity());
    for (long at = 0; at < parameter.size(); at += CHUNK) {
      int count = (int) Math.min(CHUNK, parameter.size() - at);
      before.engine().read(parameter, Engine.Slot.VALUE, at, old.clear().limit(count));
      after.engine().read(same, Engine.Slot.VALUE, at, now.clear().limit(count));
      for (int i = 0; i < count; i++) {
        if (Float.floatToRawIntBits(old.get(i)) != Float.floatToRawIntBits(now.get(i))) {
          return Optional.of("value " + (at + i) + " of parameter '" + parameter.name() + "'");
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> difference(
      MloraModel before, MloraModel after, Columns rows, Split split) {
    float[] old = before.predict(rows);
    float[] now = after.predict(rows);
    for (int row = 0; row < old.length; row++) {
      if (Float.floatToRawIntBits(old[row]) != Float.floatToRawIntBits(now[row])) {
        return Optional.of("the prediction of " + split.label() + " row " + row);
      }
    }
    return Optional.empty();
  }

  /** Gives rows of unknown domain each of the known ones in turn, and none. */
  private static Columns asKnown(Columns rows, int domains) {
    return rows.inDomains(
        row -> {
          int domain = rows.domains().get(row);
          return domain >= 0 ? domain : row % (domains + 1) - 1;
        });
  }
}
