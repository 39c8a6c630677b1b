package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.function.IntToDoubleFunction;
import org.mlora.backend.Engine;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;

/** Sets the scores that domains give experts among adapters. */
final class ExpertGate {
  /** Below any score by so much that the softmax gives the expert no weight at all. */
  private static final double CLOSED = -1e4;

  private ExpertGate() {}

  /** All weight to one expert, in every domain. */
  static void openOnly(Engine engine, int expert) {
    set(engine, e -> e == expert ? 0 : CLOSED);
  }

  /** The same weight to all experts, as far as the row does not say. */
  static void openAll(Engine engine) {
    set(engine, e -> 0);
  }

  private static void set(Engine engine, IntToDoubleFunction scores) {
    for (Parameter gate : engine.network().parameters()) {
      if (gate.role() == Role.GATE && gate.rowKind() == RowKind.BY_DOMAIN) {
        int experts = gate.rowSize();
        float[] row = new float[experts];
        for (int e = 0; e < experts; e++) {
          row[e] = (float) scores.applyAsDouble(e);
        }
        for (int domain = 0; domain < gate.rows(); domain++) {
          long at = (long) domain * experts;
          engine.write(gate, Engine.Slot.VALUE, at, FloatBuffer.wrap(row));
        }
      }
    }
  }
}
