package org.mlora.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.mlora.data.JsonObject;
import org.mlora.error.InvalidInputException;

/**
 * Where a training stands: with the weights and moments, all that is needed to go on to the same
 * bits.
 *
 * @param phase index of the phase in progress
 * @param epochsInPhase finished epochs of that phase
 * @param stepInEpoch steps done of the epoch in progress
 * @param engineStep optimizer steps of the phase
 * @param lossSum sum of the loss over {@code lossRows} rows of the epoch in progress
 * @param best validation result of the best weights
 * @param toBeat validation result that an epoch of the phase must beat for not being a bad one
 * @param bestEpoch the epoch of the best weights; 0 where there are none
 * @param badEpochs epochs of the phase since its last better result
 * @param seconds spent so far
 * @param epochSeconds spent on the steps of the epoch in progress
 * @param finished whether all phases ended
 * @param history finished epochs of all phases, each without its domains
 */
record TrainingState(
    int phase,
    int epochsInPhase,
    int stepInEpoch,
    long engineStep,
    double lossSum,
    long lossRows,
    OptionalDouble best,
    OptionalDouble toBeat,
    int bestEpoch,
    int badEpochs,
    double seconds,
    double epochSeconds,
    boolean finished,
    List<EpochRecord> history) {
  TrainingState {
    history = List.copyOf(history);
  }

  static TrainingState start() {
    return new TrainingState(
        0,
        0,
        0,
        0,
        0,
        0,
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        0,
        0,
        0,
        0,
        false,
        List.of());
  }

  /** The same before its first step, with a result that the weights it starts from reach. */
  TrainingState withBest(double value) {
    return new TrainingState(
        phase,
        epochsInPhase,
        stepInEpoch,
        engineStep,
        lossSum,
        lossRows,
        optional(value),
        optional(value),
        bestEpoch,
        badEpochs,
        seconds,
        epochSeconds,
        finished,
        history);
  }

  /** Finished epochs of all phases. */
  int epochs() {
    return history.size();
  }

  TrainingState afterSteps(
      int stepInEpoch, long engineStep, double lossSum, long lossRows, double spent) {
    return new TrainingState(
        phase,
        epochsInPhase,
        stepInEpoch,
        engineStep,
        lossSum,
        lossRows,
        best,
        toBeat,
        bestEpoch,
        badEpochs,
        seconds + spent,
        epochSeconds + spent,
        false,
        history);
  }

  /** The same after an epoch with this result. */
  TrainingState afterEpoch(EpochRecord epoch, double result, boolean beats, double spent) {
    List<EpochRecord> longer = new ArrayList<>(history);
    longer.add(epoch.withoutDomains());
    return new TrainingState(
        phase,
        epochsInPhase + 1,
        0,
        engineStep,
        0,
        0,
        epoch.best() ? OptionalDouble.of(result) : best,
        beats ? OptionalDouble.of(result) : toBeat,
        epoch.best() ? epoch.epoch() : bestEpoch,
        beats ? 0 : badEpochs + 1,
        seconds + spent,
        0,
        false,
        longer);
  }

  /** The beginning of the next phase, which has to beat the best so far or, afresh, nothing. */
  TrainingState nextPhase(boolean afresh) {
    return new TrainingState(
        phase + 1,
        0,
        0,
        0,
        0,
        0,
        best,
        afresh ? OptionalDouble.empty() : best,
        bestEpoch,
        0,
        seconds,
        0,
        false,
        history);
  }

  TrainingState finish() {
    return new TrainingState(
        phase,
        epochsInPhase,
        stepInEpoch,
        engineStep,
        lossSum,
        lossRows,
        best,
        toBeat,
        bestEpoch,
        badEpochs,
        seconds,
        epochSeconds,
        true,
        history);
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("phase", phase);
    json.put("epochs_in_phase", epochsInPhase);
    json.put("step_in_epoch", stepInEpoch);
    json.put("engine_step", engineStep);
    json.put("loss_sum", lossSum);
    json.put("loss_rows", lossRows);
    JsonObject.putNumber(json, "best", best.orElse(Double.NaN));
    JsonObject.putNumber(json, "to_beat", toBeat.orElse(Double.NaN));
    json.put("best_epoch", bestEpoch);
    json.put("bad_epochs", badEpochs);
    json.put("seconds", seconds);
    json.put("epoch_seconds", epochSeconds);
    json.put("finished", finished);
    ArrayNode epochs = json.putArray("history");
    history.forEach(epoch -> epochs.add(epoch.toJson()));
    return json;
  }

  static TrainingState fromJson(JsonNode node, String where) {
    JsonObject json = new JsonObject(node, where);
    OptionalDouble best = optional(json.numberOrNaN("best"));
    List<EpochRecord> history = new ArrayList<>();
    for (JsonObject epoch : json.objects("history")) {
      // Earlier versions kept the domains.
      history.add(EpochRecord.fromJson(epoch).withoutDomains());
    }
    return new TrainingState(
        json.integer("phase"),
        json.integer("epochs_in_phase"),
        json.integer("step_in_epoch"),
        json.whole("engine_step"),
        json.number("loss_sum"),
        json.whole("loss_rows"),
        best,
        node.has("to_beat") ? optional(json.numberOrNaN("to_beat")) : best,
        json.integer("best_epoch"),
        json.integer("bad_epochs"),
        json.number("seconds"),
        json.number("epoch_seconds"),
        json.flag("finished"),
        history);
  }

  /**
   * The same, where it is one of a training.
   *
   * @param stages of the training
   * @param rows that the training reads
   * @throws InvalidInputException naming what cannot be
   */
  TrainingState requireOf(int stages, int rows, TrainingConfig config, String where) {
    require(where, "phase", phase, 0, stages - 1);
    require(where, "epochs_in_phase", epochsInPhase, 0, Math.min(config.maxEpochs(), epochs()));
    require(where, "step_in_epoch", stepInEpoch, 0, rows);
    require(where, "engine_step", engineStep, stepInEpoch, Long.MAX_VALUE);
    require(where, "loss_rows", lossRows, 0, rows);
    require(where, "best_epoch", bestEpoch, 0, epochs());
    require(where, "bad_epochs", badEpochs, 0, epochsInPhase);
    return this;
  }

  private static void require(String where, String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new InvalidInputException(
          "%s.%s is %d; it must be %s; use another copy, or train anew in another folder"
              .formatted(
                  where,
                  key,
                  value,
                  most == Long.MAX_VALUE
                      ? "at least " + least
                      : "in [" + least + ", " + most + "]"));
    }
  }

  private static OptionalDouble optional(double value) {
    return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
