package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.mlora.data.JsonObject;
import org.mlora.metric.Comparison;
import org.mlora.metric.EvaluationJson;
import org.mlora.metric.Metric;
import org.mlora.metric.Summary;
import org.mlora.report.ReportData;

/** Results of training as JSON. */
final class ResultJson {
  private ResultJson() {}

  /**
   * One training: {@code {"run", "adapter", "seed", "epochs", "best_epoch", "best_phase",
   * "seconds", "samples_per_s", "validation", "test", "report"}}; several: {@code {"run",
   * "adapter", "runs": [...], "summary": {"wauc": {"mean", "sd"}, ...}, "report"}}.
   */
  static ObjectNode training(ReportData.Setting setting, Path out, Path report) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("run", out.toString());
    json.put("adapter", setting.name());
    if (setting.runs().size() == 1) {
      json.setAll(run(setting.runs().get(0)));
    } else {
      ArrayNode runs = json.putArray("runs");
      setting.runs().forEach(run -> runs.add(run(run)));
      json.set("summary", summary(setting.comparison(), setting.name()));
    }
    json.put("report", report.toString());
    return json;
  }

  /** Mean and sd of a setting's metrics: {@code {"wauc": {"mean", "sd"}, ...}}. */
  static ObjectNode summary(Comparison comparison, String setting) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (Metric metric : Metric.values()) {
      Summary over = comparison.summary(setting, metric);
      ObjectNode item = json.putObject(metric.key());
      JsonObject.putNumber(item, "mean", over.mean());
      JsonObject.putNumber(item, "sd", over.sd());
    }
    return json;
  }

  private static ObjectNode run(ReportData.Run run) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("seed", run.seed());
    json.put("epochs", run.epochs().size());
    json.put("best_epoch", run.bestEpoch());
    run.bestPhase().ifPresent(phase -> json.put("best_phase", phase));
    JsonObject.putNumber(json, "seconds", run.seconds());
    JsonObject.putNumber(json, "samples_per_s", run.samplesPerSecond());
    JsonObject.putNumber(json, "validation", run.validation());
    json.set("test", EvaluationJson.toJson(run.test()));
    return json;
  }
}
