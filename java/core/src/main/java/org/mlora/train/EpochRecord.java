package org.mlora.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.mlora.data.JsonObject;
import org.mlora.metric.Evaluation;
import org.mlora.metric.EvaluationJson;

/**
 * One finished epoch; a line of {@code metrics.jsonl}.
 *
 * @param epoch counts on through all phases, from 1
 * @param steps optimizer steps of its phase so far
 * @param trainLoss mean loss of the epoch's steps, without L2, dropout active
 * @param best whether its weights are the best so far
 * @param seconds of training and validation
 * @param trainSeconds of training alone
 * @param samplesPerSecond training rows a second, validation left out
 */
public record EpochRecord(
    int epoch,
    Phase phase,
    long steps,
    double trainLoss,
    Evaluation validation,
    boolean best,
    double seconds,
    double trainSeconds,
    double samplesPerSecond) {
  /**
   * The same without what validation says of each domain, which a model of many domains and epochs
   * could not hold.
   */
  EpochRecord withoutDomains() {
    return validation.domains().isEmpty()
        ? this
        : new EpochRecord(
            epoch,
            phase,
            steps,
            trainLoss,
            validation.withoutDomains(),
            best,
            seconds,
            trainSeconds,
            samplesPerSecond);
  }

  /** As JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("epoch", epoch);
    json.put("phase", phase.label());
    json.put("steps", steps);
    JsonObject.putNumber(json, "train_loss", trainLoss);
    json.put("best", best);
    json.put("seconds", seconds);
    json.put("train_seconds", trainSeconds);
    JsonObject.putNumber(json, "samples_per_s", samplesPerSecond);
    json.set("validation", EvaluationJson.toJson(validation));
    return json;
  }

  static EpochRecord fromJson(JsonObject json) {
    return new EpochRecord(
        json.integer("epoch"),
        json.choice("phase", Phase.class),
        json.whole("steps"),
        json.numberOrNaN("train_loss"),
        EvaluationJson.fromJson(json.object("validation")),
        json.flag("best"),
        json.number("seconds"),
        // Records of earlier versions have the time of both alone.
        json.number(json.has("train_seconds") ? "train_seconds" : "seconds"),
        json.numberOrNaN("samples_per_s"));
  }
}
