package org.mlora.metric;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.mlora.data.JsonObject;
import org.mlora.error.InvalidInputException;

/**
 * The JSON form of an {@link Evaluation}: {@code {"split", "rows", "wauc", "mean_auc", "log_loss",
 * "pcoc", "ece", "domains": [{"domain", "rows", "positives", "auc", "log_loss", "pcoc"}]}}, plus
 * {@code "gauc"} and {@code "compat": {"wauc", "mean_auc"}} where they were asked for. Undefined
 * numbers are null.
 */
public final class EvaluationJson {
  private EvaluationJson() {}

  /** Writes. */
  public static ObjectNode toJson(Evaluation evaluation) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("split", evaluation.split());
    json.put("rows", evaluation.rows());
    for (Metric metric : Metric.values()) {
      JsonObject.putNumber(json, metric.key(), metric.of(evaluation));
    }
    evaluation.gauc().ifPresent(gauc -> JsonObject.putNumber(json, "gauc", gauc));
    ArrayNode domains = json.putArray("domains");
    for (Evaluation.Domain domain : evaluation.domains()) {
      ObjectNode item = domains.addObject();
      item.put("domain", domain.domain());
      item.put("rows", domain.rows());
      item.put("positives", domain.positives());
      JsonObject.putNumber(item, "auc", domain.auc());
      JsonObject.putNumber(item, "log_loss", domain.logLoss());
      JsonObject.putNumber(item, "pcoc", domain.pcoc());
    }
    evaluation
        .compat()
        .ifPresent(
            compat -> {
              ObjectNode item = json.putObject("compat");
              JsonObject.putNumber(item, "wauc", compat.wauc());
              JsonObject.putNumber(item, "mean_auc", compat.meanAuc());
            });
    return json;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws InvalidInputException naming the key that is missing or of another kind
   */
  public static Evaluation fromJson(JsonObject json) {
    List<Evaluation.Domain> domains = new ArrayList<>();
    for (JsonObject item : json.objects("domains")) {
      domains.add(
          new Evaluation.Domain(
              item.text("domain"),
              item.whole("rows"),
              item.whole("positives"),
              item.numberOrNaN("auc"),
              item.numberOrNaN("log_loss"),
              item.numberOrNaN("pcoc")));
    }
    Evaluation evaluation =
        new Evaluation(
            json.text("split"),
            json.whole("rows"),
            json.numberOrNaN("wauc"),
            json.numberOrNaN("mean_auc"),
            json.numberOrNaN("log_loss"),
            json.numberOrNaN("pcoc"),
            json.numberOrNaN("ece"),
            domains);
    if (json.has("gauc")) {
      evaluation = evaluation.withGauc(json.numberOrNaN("gauc"));
    }
    if (json.has("compat")) {
      JsonObject compat = json.object("compat");
      evaluation =
          evaluation.withCompat(
              new Evaluation.Compat(compat.numberOrNaN("wauc"), compat.numberOrNaN("mean_auc")));
    }
    return evaluation;
  }
}
