package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.mlora.data.JsonObject;
import org.mlora.report.NumberText;
import org.mlora.train.TrainingResult;

/**
 * What it took to train a model further.
 *
 * @param bestEpoch counted from 1; 0 where the weights that it started from are best
 */
record Effort(int epochs, int bestEpoch, double seconds, double samplesPerSecond) {
  static Effort of(TrainingResult result) {
    return new Effort(
        result.history().size(), result.bestEpoch(), result.seconds(), result.samplesPerSecond());
  }

  /** Adds {@code "epochs", "best_epoch", "seconds", "samples_per_s"}. */
  void put(ObjectNode json) {
    json.put("epochs", epochs);
    json.put("best_epoch", bestEpoch);
    JsonObject.putNumber(json, "seconds", seconds);
    JsonObject.putNumber(json, "samples_per_s", samplesPerSecond);
  }

  String text() {
    return epochs
        + (epochs == 1 ? " epoch" : " epochs")
        + " (best: "
        + (bestEpoch == 0 ? "none, the start" : bestEpoch)
        + ") in "
        + NumberText.duration(seconds);
  }
}
