package org.mlora.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import org.mlora.calibration.CalibrationScope;
import org.mlora.data.JsonObject;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Metric;

/** {@link TrainingConfig} as JSON, every key present. */
public final class TrainingConfigJson {
  private TrainingConfigJson() {}

  /** Writes. */
  public static ObjectNode write(TrainingConfig config) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("batching", config.batching().label());
    json.put("phases", config.phases().label());
    json.put("batch", config.batch());
    json.set("optimizer", OptimizerJson.write(config.optimizer()));
    json.put("adapter_rate_scale", config.adapterRateScale());
    json.put("outer_rate", config.outerRate());
    json.putObject("regularization")
        .put("helpers", config.regularization().helpers())
        .put("rate", config.regularization().rate());
    json.put("max_epochs", config.maxEpochs());
    json.put("patience", config.patience());
    json.put("early_stop", config.earlyStop().key());
    json.put("calibration", config.calibration().label());
    json.put("seed", config.seed());
    json.put("checkpoint_every_ms", config.checkpointEvery().toMillis());
    json.put("checkpoint_steps", config.checkpointSteps());
    json.putObject("compatibility")
        .put("rollback", config.compatibility().rollback())
        .put("zero_factors", config.compatibility().zeroFactors());
    return json;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param where names the file in errors
   * @throws InvalidInputException naming the key that is wrong
   */
  public static TrainingConfig read(JsonNode json, String where) {
    try {
      return read(new JsonObject(json, where));
    } catch (InvalidInputException e) {
      throw e.in(where);
    }
  }

  private static TrainingConfig read(JsonObject fields) {
    JsonObject compatibility = fields.object("compatibility");
    return new TrainingConfig(
        fields.choice("batching", Batching.class),
        fields.choice("phases", Phases.class),
        fields.integer("batch"),
        OptimizerJson.read(fields.object("optimizer")),
        fields.number("adapter_rate_scale"),
        fields.has("outer_rate") ? fields.number("outer_rate") : 1,
        fields.has("regularization")
            ? regularization(fields.object("regularization"))
            : Regularization.NONE,
        fields.integer("max_epochs"),
        fields.integer("patience"),
        fields.choice("early_stop", Metric.class),
        fields.has("calibration")
            ? fields.choice("calibration", CalibrationScope.class)
            : CalibrationScope.NONE,
        fields.whole("seed"),
        Duration.ofMillis(fields.whole("checkpoint_every_ms")),
        fields.integer("checkpoint_steps"),
        new TrainingConfig.Compatibility(
            compatibility.flag("rollback"), compatibility.flag("zero_factors")));
  }

  private static Regularization regularization(JsonObject fields) {
    return new Regularization(fields.integer("helpers"), fields.number("rate"));
  }
}
