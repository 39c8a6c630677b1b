package org.mlora.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import org.mlora.calibration.CalibrationScope;
import org.mlora.metric.Evaluation;
import org.mlora.metric.EvaluationJson;
import org.mlora.report.NumberText;
import org.mlora.report.TextTable;

/**
 * What calibrating a model brought, for people and as JSON.
 *
 * @param before of each split
 * @param after of the same splits
 */
record CalibrationView(
    CalibrationScope scope, List<Evaluation> before, List<Evaluation> after, Path out)
    implements View {
  /** {@code {"model", "calibration", SPLIT: {"before", "after"}}}, as of {@code evaluate}. */
  @Override
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model", out.toString());
    json.put("calibration", scope.label());
    for (int i = 0; i < before.size(); i++) {
      ObjectNode part = json.putObject(before.get(i).split());
      part.set("before", EvaluationJson.toJson(before.get(i)));
      part.set("after", EvaluationJson.toJson(after.get(i)));
    }
    return json;
  }

  @Override
  public String text(Charset charset) {
    TextTable table =
        TextTable.of(
            TextTable.Column.left("rows"),
            TextTable.Column.right("log loss before"),
            TextTable.Column.right("after"),
            TextTable.Column.right("PCOC before"),
            TextTable.Column.right("after"),
            TextTable.Column.right("ECE before"),
            TextTable.Column.right("after"));
    for (int i = 0; i < before.size(); i++) {
      Evaluation old = before.get(i);
      Evaluation now = after.get(i);
      table.row(
          now.split(),
          NumberText.metric(old.logLoss()),
          NumberText.metric(now.logLoss()),
          NumberText.metric(old.pcoc()),
          NumberText.metric(now.pcoc()),
          NumberText.metric(old.ece()),
          NumberText.metric(now.ece()));
    }
    return table.render(charset) + "\nmodel: " + out;
  }
}
