package org.mlora.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import org.mlora.data.Names;
import org.mlora.metric.EvaluationJson;
import org.mlora.report.NumberText;
import org.mlora.report.TextTable;
import org.mlora.train.UpdateReport;

/** What updating a model brought, for people and as JSON. */
record UpdateView(UpdateReport report, Effort effort, Path out) implements View {
  /**
   * {@code {"run", "new": {"domains": [...], "ids": {FIELD: COUNT}}, "epochs", "best_epoch",
   * "seconds", "samples_per_s", "validation": {"before", "after"}, "test": {...}}}, before and
   * after as of {@code evaluate}.
   */
  @Override
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("run", out.toString());
    ObjectNode fresh = json.putObject("new");
    report.domains().forEach(fresh.putArray("domains")::add);
    ObjectNode ids = fresh.putObject("ids");
    report.ids().forEach(ids::put);
    effort.put(json);
    for (UpdateReport.Part part : report.parts()) {
      ObjectNode item = json.putObject(part.split().label());
      item.set("before", EvaluationJson.toJson(part.before()));
      item.set("after", EvaluationJson.toJson(part.after()));
    }
    return json;
  }

  @Override
  public String text(Charset charset) {
    TextTable table =
        TextTable.of(
            TextTable.Column.left("new data"),
            TextTable.Column.right("rows"),
            TextTable.Column.right("WAUC before"),
            TextTable.Column.right("after"),
            TextTable.Column.right("log loss before"),
            TextTable.Column.right("after"));
    for (UpdateReport.Part part : report.parts()) {
      table.row(
          part.split().label(),
          NumberText.count(part.after().rows()),
          NumberText.metric(part.before().wauc()),
          NumberText.metric(part.after().wauc()),
          NumberText.metric(part.before().logLoss()),
          NumberText.metric(part.after().logLoss()));
    }
    return table.render(charset)
        + "\nnew domains: "
        + listed(report.domains())
        + "\nnew ids: "
        + listed(
            report.ids().entrySet().stream()
                .map(entry -> entry.getKey() + " " + NumberText.count(entry.getValue()))
                .toList())
        + "\n"
        + effort.text()
        + "\nrun: "
        + out;
  }

  private static String listed(List<String> names) {
    return names.isEmpty() ? "none" : Names.listed(names);
  }
}
