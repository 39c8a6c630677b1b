package org.mlora.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.Charset;
import java.nio.file.Path;
import org.mlora.data.JsonObject;
import org.mlora.metric.Evaluation;
import org.mlora.report.NumberText;
import org.mlora.report.TextTable;
import org.mlora.train.OnboardingReport;

/** What onboarding a domain brought, for people and as JSON. */
record OnboardingView(OnboardingReport report, Effort effort, Path out) implements View {
  /**
   * {@code {"run", "domain", "epochs", "best_epoch", "seconds", "samples_per_s", "validation":
   * {"rows", "positives", "before": {"auc", "log_loss", "pcoc"}, "after": {...}}, "test": {...},
   * "unchanged": {"parameters", "predictions"}}}.
   */
  @Override
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("run", out.toString());
    json.put("domain", report.domain());
    effort.put(json);
    for (OnboardingReport.Part part : report.parts()) {
      ObjectNode item = json.putObject(part.split().label());
      item.put("rows", part.after().rows()).put("positives", part.after().positives());
      put(item.putObject("before"), part.before());
      put(item.putObject("after"), part.after());
    }
    json.putObject("unchanged")
        .put("parameters", report.preservation().parameters())
        .put("predictions", report.preservation().predictions());
    return json;
  }

  private static void put(ObjectNode json, Evaluation.Domain domain) {
    JsonObject.putNumber(json, "auc", domain.auc());
    JsonObject.putNumber(json, "log_loss", domain.logLoss());
    JsonObject.putNumber(json, "pcoc", domain.pcoc());
  }

  @Override
  public String text(Charset charset) {
    TextTable table =
        TextTable.of(
            TextTable.Column.left(report.domain()),
            TextTable.Column.right("rows"),
            TextTable.Column.right("AUC before"),
            TextTable.Column.right("after"),
            TextTable.Column.right("log loss before"),
            TextTable.Column.right("after"));
    for (OnboardingReport.Part part : report.parts()) {
      table.row(
          part.split().label(),
          NumberText.count(part.after().rows()),
          NumberText.metric(part.before().auc()),
          NumberText.metric(part.after().auc()),
          NumberText.metric(part.before().logLoss()),
          NumberText.metric(part.after().logLoss()));
    }
    return table.render(charset)
        + "\nbefore: the model's answers for a domain it does not know"
        + "\nunchanged to the bit: all "
        + NumberText.count(report.preservation().parameters())
        + " parameters there were, and "
        + NumberText.count(report.preservation().predictions())
        + " predictions"
        + "\n"
        + effort.text()
        + "\nrun: "
        + out;
  }
}
