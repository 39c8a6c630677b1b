package org.mlora.serve;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.calibration.CalibrationScope;
import org.mlora.calibration.LogitLine;
import org.mlora.calibration.PlattFit;
import org.mlora.calibration.PlattScaling;
import org.mlora.data.Columns;
import org.mlora.data.DirectBuffers;

/** Predictions of a session for many rows, a chunk at a time. */
public final class Scoring {
  private static final int CHUNK = 1 << 16;
  private static final FloatBuffer NONE = FloatBuffer.allocate(0);

  private Scoring() {}

  /** The sigmoid of each row's logit, in stored order. */
  public static float[] probabilities(Session session, Session.Resident data) {
    return each(data, (from, count, chunk) -> session.predict(data, from, count, NONE, chunk));
  }

  /** The logit of each row, in stored order. */
  public static float[] logits(Session session, Columns rows) {
    try (Session.Resident data = session.load(rows)) {
      return logits(session, data);
    }
  }

  private static float[] logits(Session session, Session.Resident data) {
    return each(data, (from, count, chunk) -> session.predict(data, from, count, chunk, NONE));
  }

  /** The calibrated prediction of each row, in stored order. */
  static float[] probabilities(
      Session session, Columns columns, Optional<PlattScaling> calibration) {
    try (Session.Resident data = session.load(columns)) {
      if (calibration.isEmpty()) {
        return probabilities(session, data);
      }
      float[] all = logits(session, data);
      calibration.get().apply(FloatBuffer.wrap(all), columns.domains(), all.length);
      return all;
    }
  }

  /**
   * Lines that fit an engine's logits to labels.
   *
   * @param known of the model before, with at most as many domains; its lines are started from
   * @return empty for scope {@code NONE}
   */
  public static Optional<PlattScaling> calibration(
      Engine engine, CalibrationScope scope, Columns rows, Optional<PlattScaling> known) {
    if (scope == CalibrationScope.NONE) {
      return Optional.empty();
    }
    int domains = engine.network().domains();
    LogitLine unknown =
        PlattFit.line(
            logits(engine, rows.inDomain(-1)),
            rows.outcomes(),
            known.map(PlattScaling::unknown).orElse(LogitLine.IDENTITY));
    float[] logits = logits(engine, rows);
    LogitLine start = known.map(PlattScaling::mean).orElse(LogitLine.IDENTITY);
    if (scope == CalibrationScope.GLOBAL) {
      LogitLine all = PlattFit.line(logits, rows.outcomes(), start);
      return Optional.of(PlattScaling.global(unknown, all, domains));
    }
    List<LogitLine> lines =
        PlattFit.byDomain(
            logits,
            rows.outcomes(),
            rows.domains(),
            domains,
            known.map(PlattScaling::domains).orElse(List.of()),
            start);
    return Optional.of(new PlattScaling(scope, unknown, lines));
  }

  private interface Part {
    void predict(int from, int count, FloatBuffer chunk);
  }

  private static float[] each(Session.Resident data, Part part) {
    float[] all = new float[data.rows()];
    FloatBuffer chunk = DirectBuffers.floats(Math.min(CHUNK, all.length));
    for (int from = 0; from < all.length; from += CHUNK) {
      int count = Math.min(CHUNK, all.length - from);
      part.predict(from, count, chunk.clear().limit(count));
      chunk.get(0, all, from, count);
    }
    return all;
  }
}
