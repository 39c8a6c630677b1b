package org.mlora.data;

import java.nio.FloatBuffer;

/**
 * What came of rows, and how much each of them counts: one of weight w as w rows would. Buffers are
 * read from position 0 and not moved.
 *
 * @param labels 0 or 1 a row
 * @param weights a finite number of 0 or more a row; empty (limit 0): every row counts 1
 */
public record Outcomes(FloatBuffer labels, FloatBuffer weights) {
  static final FloatBuffer NO_WEIGHTS = FloatBuffer.allocate(0);

  /** Rows that count 1 each. */
  public static Outcomes of(FloatBuffer labels) {
    return new Outcomes(labels, NO_WEIGHTS);
  }

  /** Whether a row can count so much: a finite number of 0 or more. */
  public static boolean isWeight(double number) {
    return number >= 0 && number < Double.POSITIVE_INFINITY;
  }

  /** How many rows. */
  public int rows() {
    return labels.limit();
  }

  /** Whether rows have weights of their own. */
  public boolean weighted() {
    return weights.limit() > 0;
  }

  /** How much a row counts. */
  public double weight(int row) {
    return weighted() ? weights.get(row) : 1;
  }
}
