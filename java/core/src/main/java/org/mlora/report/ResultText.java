package org.mlora.report;

import static org.mlora.report.TextTable.Column.left;
import static org.mlora.report.TextTable.Column.right;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.mlora.metric.Comparison;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Metric;
import org.mlora.metric.PairedDifference;
import org.mlora.metric.Summary;

/** Results as tables for terminals. */
public final class ResultText {
  private ResultText() {}

  /** One row a domain in the order of the schema, and the split as a whole. */
  public static TextTable evaluation(Evaluation evaluation) {
    TextTable table =
        TextTable.of(
            left("domain"),
            right("rows"),
            right("positives"),
            right("AUC"),
            right("log loss"),
            right("PCOC"));
    for (Evaluation.Domain domain : evaluation.domains()) {
      table.row(
          domain.domain(),
          NumberText.count(domain.rows()),
          NumberText.count(domain.positives()),
          NumberText.metric(domain.auc()),
          NumberText.metric(domain.logLoss()),
          NumberText.metric(domain.pcoc()));
    }
    return table
        .rule()
        .row(
            "all (WAUC)",
            NumberText.count(evaluation.rows()),
            NumberText.count(evaluation.positives()),
            NumberText.metric(evaluation.wauc()),
            NumberText.metric(evaluation.logLoss()),
            NumberText.metric(evaluation.pcoc()));
  }

  /** Every metric of every setting as mean ± sd over the seeds, and paired differences. */
  public static TextTable comparison(Comparison comparison) {
    List<String> adapters = comparison.adapters();
    if (adapters.size() > 2) {
      return several(comparison);
    }
    Map<Metric, PairedDifference> differences = comparison.difference();
    List<TextTable.Column> columns = new ArrayList<>();
    columns.add(left(comparison.split() + " metric"));
    adapters.forEach(adapter -> columns.add(right(adapter)));
    if (!differences.isEmpty()) {
      columns.add(right("difference"));
      columns.add(right("95 % interval"));
    }
    TextTable table = TextTable.of(columns.toArray(TextTable.Column[]::new));
    for (Metric metric : Metric.values()) {
      List<String> cells = new ArrayList<>();
      cells.add(metric.title());
      for (String adapter : adapters) {
        cells.add(NumberText.meanSd(comparison.summary(adapter, metric)));
      }
      if (!differences.isEmpty()) {
        PairedDifference difference = Objects.requireNonNull(differences.get(metric));
        cells.add(NumberText.gain(difference.mean()));
        cells.add(NumberText.interval(difference));
      }
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  /** With the difference of each setting to the first below its metric. */
  private static TextTable several(Comparison comparison) {
    List<String> adapters = comparison.adapters();
    List<TextTable.Column> columns = new ArrayList<>();
    columns.add(left(comparison.split() + " metric"));
    adapters.forEach(adapter -> columns.add(right(adapter)));
    TextTable table = TextTable.of(columns.toArray(TextTable.Column[]::new));
    for (Metric metric : Metric.values()) {
      List<String> means = new ArrayList<>(List.of(metric.title()));
      List<String> differences = new ArrayList<>(List.of("  minus " + adapters.get(0), ""));
      List<String> intervals = new ArrayList<>(List.of("  95 % interval", ""));
      for (String adapter : adapters) {
        means.add(NumberText.meanSd(comparison.summary(adapter, metric)));
      }
      for (Map<Metric, PairedDifference> byMetric : comparison.differences().values()) {
        PairedDifference difference = Objects.requireNonNull(byMetric.get(metric));
        differences.add(NumberText.gain(difference.mean()));
        intervals.add(NumberText.interval(difference));
      }
      for (List<String> cells : List.of(means, differences, intervals)) {
        table.row(cells.toArray(String[]::new));
      }
    }
    return table;
  }

  /** One row a domain, the largest first, with the AUC of every setting; see {@link ReportData}. */
  public static TextTable domains(ReportData data) {
    List<DomainRow> rows = DomainRow.of(data);
    boolean best = rows.stream().anyMatch(row -> !Double.isNaN(row.best()));
    boolean compared = data.settings().size() > 1;
    List<TextTable.Column> columns = new ArrayList<>(List.of(left("domain"), right("rows")));
    columns.add(right("base rate"));
    data.settings().forEach(setting -> columns.add(right("AUC " + setting.name())));
    if (compared) {
      String last = data.settings().get(data.settings().size() - 1).name();
      columns.add(right(data.settings().size() > 2 ? "gain " + last : "gain"));
    }
    if (best) {
      columns.add(right("best possible"));
    }
    TextTable table = TextTable.of(columns.toArray(TextTable.Column[]::new));
    for (DomainRow row : rows) {
      List<String> cells = new ArrayList<>();
      cells.add(row.name());
      cells.add(NumberText.count(row.rows()));
      cells.add(NumberText.percent(row.baseRate(), 1));
      for (Summary auc : row.aucs()) {
        cells.add(NumberText.meanSd(auc));
      }
      if (compared) {
        cells.add(NumberText.gain(row.gain()));
      }
      if (best) {
        cells.add(NumberText.metric(row.best()));
      }
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  /**
   * Whether validation kept the adapters, {@code kept by validation (...)}; empty where it was not
   * to choose.
   */
  public static Optional<String> choice(ReportData.Setting setting) {
    List<ReportData.Run> asked =
        setting.runs().stream().filter(ReportData.Run::choosesAdapters).toList();
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    if (asked.size() > 1) {
      long kept = asked.stream().filter(ReportData.Run::keepsAdapters).count();
      return Optional.of("kept in " + kept + " of " + asked.size() + " runs, by validation");
    }
    ReportData.Run run = asked.get(0);
    return Optional.of(
        (run.keepsAdapters() ? "kept" : "left at zero")
            + " by validation (best "
            + run.stop().title()
            + " "
            + best(run, ReportData.Epoch.JOINT)
            + " with, "
            + best(run, ReportData.Epoch.CONTROL)
            + " without)");
  }

  private static String best(ReportData.Run run, String phase) {
    double best =
        run.epochs(phase).stream()
            .mapToDouble(ReportData.Epoch::validation)
            .reduce((one, other) -> run.stop().isBetter(other, one) ? other : one)
            .orElse(Double.NaN);
    return NumberText.metric(best);
  }
}
