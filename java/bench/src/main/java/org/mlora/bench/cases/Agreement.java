package org.mlora.bench.cases;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.mlora.backend.Engine.Slot;
import org.mlora.bench.peer.Way;
import org.mlora.network.Parameter;

/** Whether both sides compute the same; what does not is not worth timing. */
final class Agreement {
  private static final int ROWS = 512;

  /** Of the largest number: single precision, sums in another order. */
  private static final double TOLERANCE = 2e-5;

  private Agreement() {}

  /**
   * Compares logits, and gradients of all that trains where the ways can train.
   *
   * @throws IllegalStateException where they differ
   */
  static void require(Bench.Pair pair) {
    FloatBuffer logits = pair.ours().logits(ROWS);
    for (Way way : pair.ways()) {
      require("logits, " + way.label(), logits, pair.peer().logits(way, ROWS));
    }
    List<Way> training = pair.ways().stream().filter(Way.TRAINING::contains).toList();
    if (training.isEmpty()) {
      return;
    }
    pair.ours().gradients(ROWS);
    for (Way way : training) {
      Map<Parameter, float[]> theirs = pair.peer().gradients(way, ROWS);
      theirs.forEach(
          (parameter, gradient) ->
              require(
                  "gradient of " + parameter.name() + ", " + way.label(),
                  pair.ours().read(parameter, Slot.GRADIENT),
                  gradient));
    }
  }

  private static void require(String what, FloatBuffer ours, float[] theirs) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < theirs.length; i++) {
      largest = Math.max(largest, Math.abs(theirs[i]));
      difference = Math.max(difference, Math.abs(ours.get(i) - (double) theirs[i]));
    }
    if (ours.remaining() != theirs.length || !(difference <= TOLERANCE * largest)) {
      throw new IllegalStateException(
          "ours and libtorch's "
              + what
              + " differ by "
              + difference
              + " where the largest is "
              + largest);
    }
  }
}
