package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Optional;
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
      json.set("summary", summary(comparison(setting), setting.name()));
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
      put(item, "mean", over.mean());
      put(item, "sd", over.sd());
    }
    return json;
  }

  private static ObjectNode run(ReportData.Run run) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("seed", run.seed());
    json.put("epochs", run.epochs().size());
    json.put("best_epoch", run.bestEpoch());
    run.bestPhase().ifPresent(phase -> json.put("best_phase", phase));
    put(json, "seconds", run.seconds());
    put(json, "samples_per_s", run.samplesPerSecond());
    put(json, "validation", run.validation());
    json.set("test", EvaluationJson.toJson(run.test()));
    return json;
  }

  /** The runs of one setting as a comparison, which knows means. */
  static Comparison comparison(ReportData.Setting setting) {
    return new Comparison(
        setting.runs().stream()
            .map(
                run ->
                    new Comparison.Run(
                        setting.name(),
                        run.seed(),
                        run.epochs().size(),
                        run.seconds(),
                        run.samplesPerSecond(),
                        run.test()))
            .toList());
  }

  /** Puts a number, or null where it is undefined. */
  static void put(ObjectNode json, String name, double value) {
    Optional.of(value)
        .filter(Double::isFinite)
        .ifPresentOrElse(number -> json.put(name, number), () -> json.putNull(name));
  }
}
