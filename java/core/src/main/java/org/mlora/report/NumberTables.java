package org.mlora.report;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.mlora.metric.Comparison;
import org.mlora.metric.Metric;
import org.mlora.metric.PairedDifference;
import org.mlora.metric.Summary;

/** Every number behind the charts. */
final class NumberTables {
  /** With more domains than this, their table starts folded. */
  private static final int UNFOLDED = 24;

  private NumberTables() {}

  /** Metrics of each setting as mean ± sd over the seeds, and the paired difference. */
  static void metrics(Markup out, ReportData data, List<Series> series) {
    Comparison comparison = data.comparison();
    boolean gauc = comparison.runs().stream().anyMatch(run -> run.test().gauc().isPresent());
    open(out, Series.splitTitle(series) + " metrics");
    head(out, "Setting", Stream.of(Metric.values()).map(NumberTables::heading));
    if (gauc) {
      out.leaf("th", "GAUC", "scope", "col");
    }
    out.close().close().open("tbody");
    for (Series one : series) {
      out.open("tr");
      name(out, one);
      String adapter = one.setting().name();
      for (Metric metric : Metric.values()) {
        out.leaf("td", NumberText.meanSd(comparison.summary(adapter, metric)));
      }
      if (gauc) {
        out.leaf("td", NumberText.meanSd(gauc(comparison, adapter)));
      }
      out.close();
    }
    for (Series one : series.subList(1, series.size())) {
      String name =
          series.size() == 2 ? "Difference" : one.label() + " minus " + series.get(0).labelInside();
      difference(
          out,
          name,
          comparison.difference(series.get(0).setting().name(), one.setting().name()),
          gauc);
    }
    close(out);
  }

  private static String heading(Metric metric) {
    return switch (metric.better()) {
      case HIGHER -> metric.title() + " ↑";
      case LOWER -> metric.title() + " ↓";
      case NEAR_ONE -> metric.title() + " → 1";
    };
  }

  private static void difference(
      Markup out, String name, Map<Metric, PairedDifference> differences, boolean gauc) {
    out.open("tr", "class", "total").open("th", "scope", "row").text(name);
    out.leaf("small", "95 % interval").close();
    for (Metric metric : Metric.values()) {
      PairedDifference difference = Objects.requireNonNull(differences.get(metric));
      out.open("td").text(NumberText.difference(difference.mean()));
      if (difference.pairs() > 1) {
        out.leaf("small", NumberText.typeset(NumberText.interval(difference)));
      }
      out.close();
    }
    if (gauc) {
      out.leaf("td", "");
    }
    out.close();
  }

  private static Summary gauc(Comparison comparison, String adapter) {
    return Summary.of(
        comparison.runsOf(adapter).stream()
            .mapToDouble(run -> run.test().gauc().orElse(Double.NaN))
            .toArray());
  }

  /** What each setting cost. */
  static void costs(Markup out, List<Series> series) {
    open(out, "Training");
    head(
        out,
        "Setting",
        Stream.of("Seeds", "Epochs", "Best epoch", "Time a run", "Samples a second"));
    out.close().close().open("tbody");
    for (Series one : series) {
      List<ReportData.Run> runs = one.setting().runs();
      out.open("tr");
      name(out, one);
      out.leaf("td", NumberText.count(runs.size()));
      out.leaf("td", range(runs.stream().mapToInt(run -> run.epochs().size()).toArray()));
      out.leaf("td", range(runs.stream().mapToInt(ReportData.Run::bestEpoch).toArray()));
      double seconds =
          Summary.of(runs.stream().mapToDouble(ReportData.Run::seconds).toArray()).mean();
      out.leaf("td", NumberText.duration(seconds));
      double speed =
          Summary.of(runs.stream().mapToDouble(ReportData.Run::samplesPerSecond).toArray()).mean();
      out.leaf("td", NumberText.fixed(speed, 0));
      out.close();
    }
    close(out);
  }

  private static String range(int[] values) {
    int low = Arrays.stream(values).min().orElse(0);
    int high = Arrays.stream(values).max().orElse(0);
    return low == high ? NumberText.count(low) : low + " to " + high;
  }

  /** Every domain, the largest first. */
  static void domains(Markup out, List<DomainRow> rows, List<Series> series) {
    boolean best = rows.stream().anyMatch(row -> !Double.isNaN(row.best()));
    if (rows.size() <= UNFOLDED) {
      out.open("details", "open", "");
    } else {
      out.open("details");
    }
    String count = NumberText.count(rows.size());
    out.leaf(
        "summary",
        rows.size() == 1 ? "The domain in numbers" : "All " + count + " domains in numbers");
    open(out, Series.splitTitle(series) + " AUC by domain");
    Stream<String> headings =
        Stream.of(
                Stream.of("Rows", "Base rate"),
                series.stream().map(one -> "AUC, " + one.label()),
                series.size() > 1 ? Stream.of(gain(series)) : Stream.<String>empty(),
                best ? Stream.of("Best possible") : Stream.<String>empty())
            .flatMap(part -> part);
    head(out, "Domain", headings);
    out.close().close().open("tbody");
    for (DomainRow row : rows) {
      out.open("tr").leaf("th", row.name(), "scope", "row");
      out.leaf("td", NumberText.count(row.rows()));
      out.leaf("td", NumberText.percent(row.baseRate(), 2));
      for (Summary auc : row.aucs()) {
        out.leaf("td", NumberText.meanSd(auc));
      }
      if (series.size() > 1) {
        out.leaf("td", NumberText.difference(row.gain()));
      }
      if (best) {
        out.leaf("td", NumberText.metric(row.best()));
      }
      out.close();
    }
    close(out);
    out.close();
  }

  private static String gain(List<Series> series) {
    return series.size() > 2 ? "Gain, " + series.get(series.size() - 1).label() : "Gain";
  }

  /** Calibration of each setting, as mean ± sd over the seeds. */
  static void calibration(Markup out, ReportData data, List<Series> series) {
    Comparison comparison = data.comparison();
    List<Metric> shown = List.of(Metric.PCOC, Metric.ECE);
    open(out, "Calibration");
    head(out, "Setting", shown.stream().map(NumberTables::heading));
    out.close().close().open("tbody");
    for (Series one : series) {
      out.open("tr");
      name(out, one);
      for (Metric metric : shown) {
        Summary summary = comparison.summary(one.setting().name(), metric);
        out.leaf("td", NumberText.meanSd(summary));
      }
      out.close();
    }
    close(out);
  }

  private static void open(Markup out, String caption) {
    out.open("div", "class", "table", "tabindex", "0", "role", "region", "aria-label", caption);
    out.open("table").leaf("caption", caption);
  }

  /** Opens head and row, which the caller closes. */
  private static void head(Markup out, String first, Stream<String> others) {
    out.open("thead").open("tr").leaf("th", first, "scope", "col");
    others.forEach(heading -> out.leaf("th", heading, "scope", "col"));
  }

  private static void name(Markup out, Series one) {
    out.open("th", "scope", "row");
    Svg svg = Svg.inline(out, 16);
    svg.mark(one, 8, 8, 5);
    out.close().text(one.label()).close();
  }

  private static void close(Markup out) {
    out.close().close().close();
  }
}
