package org.mlora.serve;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.mlora.backend.Engine;
import org.mlora.data.Columns;
import org.mlora.data.Split;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Evaluator;

/** Predictions of an engine for many rows, a chunk at a time. */
public final class Scoring {
  private static final int CHUNK = 1 << 16;
  private static final FloatBuffer NONE = FloatBuffer.allocate(0);

  private Scoring() {}

  /** The prediction of each row, in stored order. */
  public static float[] probabilities(Engine engine, Engine.Resident data) {
    float[] all = new float[data.rows()];
    FloatBuffer chunk =
        ByteBuffer.allocateDirect(Float.BYTES * Math.max(1, Math.min(CHUNK, all.length)))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    for (int from = 0; from < all.length; from += CHUNK) {
      int count = Math.min(CHUNK, all.length - from);
      engine.predict(data, from, count, NONE, chunk.clear().limit(count));
      chunk.get(0, all, from, count);
    }
    return all;
  }

  /**
   * Evaluates the predictions of a split.
   *
   * @param columns what {@code data} was loaded from, with labels
   * @param domains names of the domains
   * @throws org.mlora.error.DivergedException if a prediction is not a probability
   */
  public static Evaluation evaluate(
      Engine engine, Engine.Resident data, Split split, Columns columns, List<String> domains) {
    return Evaluator.evaluate(
        split.label(), probabilities(engine, data), columns.labels(), columns.domains(), domains);
  }
}
