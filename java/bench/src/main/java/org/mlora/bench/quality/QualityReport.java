package org.mlora.bench.quality;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Objects;
import org.mlora.metric.Comparison;
import org.mlora.metric.ComparisonJson;
import org.mlora.metric.Metric;
import org.mlora.metric.PairedDifference;
import org.mlora.metric.Summary;
import org.mlora.report.NumberText;
import org.mlora.report.TextTable;

/** The same trainings by our engine and by PyTorch. */
record QualityReport(String machine, Comparison ours, Comparison peer) {
  /** {@code {"machine","ours":comparison,"peer":comparison}}, see {@link ComparisonJson}. */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("machine", machine);
    json.set("ours", ComparisonJson.toJson(ours));
    json.set("peer", ComparisonJson.toJson(peer));
    return json;
  }

  /** The table for people. */
  String toText() {
    TextTable table =
        TextTable.of(
            TextTable.Column.left("test WAUC"),
            TextTable.Column.right("ours"),
            TextTable.Column.right("PyTorch"),
            TextTable.Column.right("ours - PyTorch"));
    for (String adapter : Recipe.ADAPTERS) {
      Summary mine = ours.summary(adapter, Metric.WAUC);
      Summary theirs = peer.summary(adapter, Metric.WAUC);
      double error =
          Math.hypot(mine.sd() / Math.sqrt(mine.count()), theirs.sd() / Math.sqrt(theirs.count()));
      table.row(
          adapter,
          NumberText.meanSd(mine),
          NumberText.meanSd(theirs),
          NumberText.gain(mine.mean() - theirs.mean())
              + " (standard error "
              + NumberText.metric(error)
              + ")");
    }
    table.row("mlora - none", gain(ours), gain(peer), "");
    return machine + "\n\n" + table.render();
  }

  private static String gain(Comparison comparison) {
    PairedDifference gain =
        Objects.requireNonNull(comparison.difference().get(Metric.WAUC), "no runs");
    return NumberText.gain(gain.mean())
        + " ["
        + NumberText.gain(gain.low())
        + ", "
        + NumberText.gain(gain.high())
        + "]";
  }
}
