package org.mlora.cli;

import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.mlora.report.NumberText;
import org.mlora.report.ReportData;
import org.mlora.report.ResultText;
import org.mlora.train.Phase;

/** Results of training for people. */
final class ResultLines {
  private ResultLines() {}

  /** One setting: its table, how long it took, and where it is. */
  static String training(ReportData.Setting setting, Charset charset, Path out, Path report) {
    String table;
    if (setting.runs().size() == 1) {
      table = ResultText.evaluation(setting.runs().get(0).test()).render(charset);
    } else {
      table = ResultText.comparison(ResultJson.comparison(setting)).render(charset);
    }
    return table
        + "\n"
        + cost(setting)
        + choice(setting).map(text -> "\n" + text).orElse("")
        + "\nrun: "
        + out
        + "\nreport: "
        + report;
  }

  /** Whether validation kept the adapters; empty where it was not asked. */
  private static Optional<String> choice(ReportData.Setting setting) {
    List<ReportData.Run> asked =
        setting.runs().stream().filter(run -> !waucs(run, Phase.CONTROL).isEmpty()).toList();
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    if (asked.size() > 1) {
      long kept = asked.stream().filter(ResultJson::keepsAdapters).count();
      return Optional.of(
          "adapters: kept in " + kept + " of " + asked.size() + " runs, by validation");
    }
    ReportData.Run run = asked.get(0);
    return Optional.of(
        "adapters: "
            + (ResultJson.keepsAdapters(run) ? "kept" : "left at zero")
            + " by validation (best WAUC "
            + best(run, Phase.JOINT)
            + " with, "
            + best(run, Phase.CONTROL)
            + " without)");
  }

  private static String best(ReportData.Run run, Phase phase) {
    return NumberText.fixed(
        waucs(run, phase).stream().mapToDouble(v -> v).max().orElse(Double.NaN), 4);
  }

  private static List<Double> waucs(ReportData.Run run, Phase phase) {
    return run.epochs().stream()
        .filter(epoch -> epoch.phase().equals(phase.label()))
        .map(ReportData.Epoch::validationWauc)
        .toList();
  }

  /** Epochs, time and speed. */
  static String cost(ReportData.Setting setting) {
    if (setting.runs().size() == 1) {
      ReportData.Run run = setting.runs().get(0);
      return run.epochs().size()
          + (run.epochs().size() == 1 ? " epoch" : " epochs")
          + " (best: "
          + run.bestEpoch()
          + ") in "
          + NumberText.duration(run.seconds())
          + ", "
          + speed(run.samplesPerSecond())
          + "; tested on "
          + NumberText.count(run.test().rows())
          + " "
          + run.test().split()
          + " rows";
    }
    double seconds = setting.runs().stream().mapToDouble(ReportData.Run::seconds).sum();
    double speed =
        setting.runs().stream()
            .mapToDouble(ReportData.Run::samplesPerSecond)
            .average()
            .orElse(Double.NaN);
    return setting.name()
        + ": "
        + setting.runs().size()
        + " runs in "
        + NumberText.duration(seconds)
        + ", "
        + speed(speed);
  }

  private static String speed(double samplesPerSecond) {
    return (Double.isFinite(samplesPerSecond)
            ? NumberText.compactCount(Math.round(samplesPerSecond))
            : NumberText.UNDEFINED)
        + " samples/s";
  }
}
