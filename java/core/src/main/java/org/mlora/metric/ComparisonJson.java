package org.mlora.metric;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.mlora.data.JsonObject;

/**
 * The JSON form of a {@link Comparison}: {@code {"runs": [{"adapter", "seed", "epochs", "seconds",
 * "samples_per_s", "validation", "test": evaluation}], "difference": {"wauc": {"mean", "ci95": [lo,
 * hi]}, ...}}}. Undefined numbers are null; {@code difference} is of the last setting minus the
 * first and empty with one; with more than two {@code differences} has one for each setting but the
 * first, by its name.
 */
public final class ComparisonJson {
  private ComparisonJson() {}

  /** Writes. */
  public static ObjectNode toJson(Comparison comparison) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode runs = json.putArray("runs");
    for (Comparison.Run run : comparison.runs()) {
      ObjectNode item = runs.addObject();
      item.put("adapter", run.adapter());
      item.put("seed", run.seed());
      item.put("epochs", run.epochs());
      JsonObject.putNumber(item, "seconds", run.seconds());
      JsonObject.putNumber(item, "samples_per_s", run.samplesPerSecond());
      JsonObject.putNumber(item, "validation", run.validation());
      item.set("test", EvaluationJson.toJson(run.test()));
    }
    json.set("difference", difference(comparison));
    if (comparison.adapters().size() > 2) {
      ObjectNode differences = json.putObject("differences");
      comparison.differences().forEach((name, by) -> differences.set(name, difference(by)));
    }
    return json;
  }

  /** Last setting minus first: {@code {"wauc": {"mean", "ci95": [lo, hi]}, ...}}. */
  public static ObjectNode difference(Comparison comparison) {
    return difference(comparison.difference());
  }

  private static ObjectNode difference(Map<Metric, PairedDifference> byMetric) {
    ObjectNode differences = JsonNodeFactory.instance.objectNode();
    byMetric.forEach(
        (metric, difference) -> {
          ObjectNode item = differences.putObject(metric.key());
          JsonObject.putNumber(item, "mean", difference.mean());
          ArrayNode interval = item.putArray("ci95");
          add(interval, difference.low());
          add(interval, difference.high());
        });
    return differences;
  }

  private static void add(ArrayNode array, double value) {
    if (Double.isFinite(value)) {
      array.add(value);
    } else {
      array.addNull();
    }
  }
}
