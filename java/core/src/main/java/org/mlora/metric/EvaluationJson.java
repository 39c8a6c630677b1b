package org.mlora.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
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
      put(json, metric.key(), metric.of(evaluation));
    }
    evaluation.gauc().ifPresent(gauc -> put(json, "gauc", gauc));
    ArrayNode domains = json.putArray("domains");
    for (Evaluation.Domain domain : evaluation.domains()) {
      ObjectNode item = domains.addObject();
      item.put("domain", domain.domain());
      item.put("rows", domain.rows());
      item.put("positives", domain.positives());
      put(item, "auc", domain.auc());
      put(item, "log_loss", domain.logLoss());
      put(item, "pcoc", domain.pcoc());
    }
    evaluation
        .compat()
        .ifPresent(
            compat -> {
              ObjectNode item = json.putObject("compat");
              put(item, "wauc", compat.wauc());
              put(item, "mean_auc", compat.meanAuc());
            });
    return json;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws InvalidInputException if a field is missing or has another type
   */
  public static Evaluation fromJson(JsonNode json) {
    List<Evaluation.Domain> domains = new ArrayList<>();
    for (JsonNode item : require(json, "domains", JsonNode::isArray, "a list")) {
      domains.add(
          new Evaluation.Domain(
              text(item, "domain"),
              count(item, "rows"),
              count(item, "positives"),
              number(item, "auc"),
              number(item, "log_loss"),
              number(item, "pcoc")));
    }
    Evaluation evaluation =
        new Evaluation(
            text(json, "split"),
            count(json, "rows"),
            number(json, "wauc"),
            number(json, "mean_auc"),
            number(json, "log_loss"),
            number(json, "pcoc"),
            number(json, "ece"),
            domains);
    if (json.has("gauc")) {
      evaluation = evaluation.withGauc(number(json, "gauc"));
    }
    if (json.has("compat")) {
      JsonNode compat = require(json, "compat", JsonNode::isObject, "an object");
      evaluation =
          evaluation.withCompat(
              new Evaluation.Compat(number(compat, "wauc"), number(compat, "mean_auc")));
    }
    return evaluation;
  }

  /** Puts a number, or null where it is undefined: JSON has no NaN. */
  static void put(ObjectNode json, String name, double value) {
    if (Double.isFinite(value)) {
      json.put(name, value);
    } else {
      json.putNull(name);
    }
  }

  static String text(JsonNode json, String name) {
    return require(json, name, JsonNode::isTextual, "a text").textValue();
  }

  static long count(JsonNode json, String name) {
    return require(json, name, v -> v.isIntegralNumber() && v.canConvertToLong(), "a whole number")
        .longValue();
  }

  /** A number; NaN for null. */
  static double number(JsonNode json, String name) {
    JsonNode value = require(json, name, v -> v.isNumber() || v.isNull(), "a number or null");
    return value.isNull() ? Double.NaN : value.doubleValue();
  }

  static JsonNode require(JsonNode json, String name, Predicate<JsonNode> type, String expected) {
    JsonNode value = json.path(name);
    if (!type.test(value)) {
      throw new InvalidInputException(
          "evaluation JSON: field '"
              + name
              + "' must be "
              + expected
              + (value.isMissingNode() ? " but is missing" : " but is " + value.getNodeType())
              + "; write the file again with 'mlora evaluate --json' or 'mlora compare --json'");
    }
    return value;
  }
}
