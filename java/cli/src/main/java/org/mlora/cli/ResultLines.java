package org.mlora.cli;

import java.nio.charset.Charset;
import java.nio.file.Path;
import org.mlora.report.NumberText;
import org.mlora.report.ReportData;
import org.mlora.report.ResultText;

/** Results of training for people. */
final class ResultLines {
  private ResultLines() {}

  /** One setting: its table, how long it took, and where it is. */
  static String training(ReportData.Setting setting, Charset charset, Path out, Path report) {
    String table;
    if (setting.runs().size() == 1) {
      table = ResultText.evaluation(setting.runs().get(0).test()).render(charset);
    } else {
      table = ResultText.comparison(setting.comparison()).render(charset);
    }
    return table
        + "\n"
        + cost(setting)
        + ResultText.choice(setting).map(text -> "\nadapters: " + text).orElse("")
        + "\nrun: "
        + out
        + "\nreport: "
        + report;
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
    return setting.runs().size() + " runs in " + NumberText.duration(seconds) + ", " + speed(speed);
  }

  private static String speed(double samplesPerSecond) {
    return (Double.isFinite(samplesPerSecond)
            ? NumberText.compactCount(Math.round(samplesPerSecond))
            : NumberText.UNDEFINED)
        + " samples/s";
  }
}
