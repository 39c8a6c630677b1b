package org.mlora.metric;

import java.nio.FloatBuffer;
import org.mlora.data.Outcomes;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;

/** Checked reads of one row. */
final class Rows {
  private Rows() {}

  /** 0 or 1. */
  static int label(FloatBuffer labels, int row) {
    float label = labels.get(row);
    if (label != 0f && label != 1f) {
      throw new InvalidInputException(
          "row "
              + row
              + ": the label is "
              + label
              + "; labels must be 0 or 1, prepare the data"
              + " again with a --label rule");
    }
    return (int) label;
  }

  /** A finite number of 0 or more. */
  static double weight(Outcomes outcomes, int row) {
    double weight = outcomes.weight(row);
    if (!Outcomes.isWeight(weight)) {
      throw new InvalidInputException(
          "row " + row + ": the weight is " + weight + "; weights must be finite, 0 or more");
    }
    return weight;
  }

  /** A number in [0, 1]; -0 becomes 0. */
  static float probability(float[] probabilities, int row) {
    float probability = probabilities[row];
    if (!(probability >= 0f && probability <= 1f)) {
      throw new DivergedException(
          "row "
              + row
              + ": the prediction is "
              + probability
              + ", not a probability; the model has"
              + " diverged, train again with a smaller --lr");
    }
    return probability + 0.0f;
  }
}
