package org.mlora.backend.reference;

import java.util.HashMap;
import java.util.Map;
import org.mlora.error.InvalidShapeException;
import org.mlora.random.Philox;

/** Which units are dropped: drawn as in {@link Philox}, or given masks in their place. */
final class Dropout {
  private final Map<Integer, byte[]> fixed = new HashMap<>();

  /** What dropout multiplies units with: 0, or one over the probability of being kept. */
  interface Factors {
    /** Without dropout: always 1. */
    Factors NONE = (stream, dropout, row, unit, width) -> 1;

    double factor(int stream, double dropout, int row, int unit, int width);
  }

  /** Uses masks (rows, width) of 1 for kept and 0 for dropped; none when empty. */
  void fix(int stream, byte[] keep) {
    if (keep.length == 0) {
      fixed.remove(stream);
    } else {
      fixed.put(stream, keep.clone());
    }
  }

  Factors factors(long seed, long step) {
    int[] words = new int[4];
    return (stream, dropout, row, unit, width) -> {
      int threshold = Philox.keepThreshold(dropout);
      boolean kept =
          fixed.containsKey(stream)
              ? fixedKeep(stream, row * width + unit)
              : Philox.keeps(seed, step, stream, row, unit, threshold, words);
      return kept ? 65536.0 / threshold : 0;
    };
  }

  private boolean fixedKeep(int stream, int index) {
    byte[] keep = fixed.getOrDefault(stream, new byte[0]);
    if (index >= keep.length) {
      throw new InvalidShapeException(
          "the dropout mask of stream "
              + stream
              + " has "
              + keep.length
              + " units, the batch has more");
    }
    return keep[index] != 0;
  }
}
