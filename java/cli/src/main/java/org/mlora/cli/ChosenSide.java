package org.mlora.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;
import org.mlora.metric.Comparison;
import org.mlora.metric.ComparisonJson;
import org.mlora.metric.Metric;
import org.mlora.metric.PairedDifference;
import org.mlora.report.NumberText;

/**
 * The side of a comparison that validation chooses for each seed: to the bit what a training by
 * {@link org.mlora.train.Phases#CONTROL_JOINT} keeps.
 *
 * @param sides a control, and the same with adapters
 * @param stop the metric that ends trainings, which validation results are of
 */
record ChosenSide(Comparison sides, Metric stop) {
  private static final String NAME = "chosen";

  /** {@code {"adapters": [of each seed], "summary": {...}, "difference": {...}}}. */
  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    Comparison beside = beside();
    sides.chosen(stop).forEach(json.putArray("adapters")::add);
    json.set("summary", ResultJson.summary(beside, NAME));
    json.set("difference", ComparisonJson.difference(beside));
    return json;
  }

  /** One line. */
  String text() {
    String control = sides.adapters().get(0);
    List<String> chosen = sides.chosen(stop);
    long controls = chosen.stream().filter(control::equals).count();
    Comparison beside = beside();
    PairedDifference gain = Objects.requireNonNull(beside.difference().get(Metric.WAUC));
    return "chosen by validation, as train does: "
        + control
        + " for "
        + controls
        + " of "
        + chosen.size()
        + (chosen.size() == 1 ? " seed" : " seeds")
        + "; "
        + sides.split()
        + " WAUC "
        + NumberText.meanSd(beside.summary(NAME, Metric.WAUC))
        + ", "
        + NumberText.gain(gain.mean())
        + " over "
        + control
        + ", 95 % interval "
        + NumberText.interval(gain);
  }

  private Comparison beside() {
    return sides.withChosen(NAME, stop);
  }
}
