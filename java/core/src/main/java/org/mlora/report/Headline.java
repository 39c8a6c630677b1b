package org.mlora.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.mlora.metric.Comparison;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Metric;
import org.mlora.metric.PairedDifference;
import org.mlora.metric.Summary;

/** The answer first: what the adapters change, and how sure that is. */
final class Headline {
  private static final List<Metric> COMPARED =
      List.of(Metric.WAUC, Metric.MEAN_AUC, Metric.LOG_LOSS, Metric.ECE);
  private static final List<Metric> BESIDE_WAUC =
      List.of(Metric.MEAN_AUC, Metric.LOG_LOSS, Metric.PCOC, Metric.ECE);

  private final List<Series> series;
  private final Comparison comparison;
  private final Series treated;
  private final double best;

  private Headline(ReportData data, List<Series> series) {
    this.series = series;
    this.comparison = data.comparison();
    this.treated = series.get(series.size() - 1);
    this.best = bestWauc(data);
  }

  static void draw(Markup out, ReportData data, List<Series> series) {
    Headline headline = new Headline(data, series);
    out.open("section", "class", "hero", "id", "result", "aria-label", "Result");
    headline.verdict(out);
    out.open("div", "class", "tiles");
    for (Metric metric : series.size() > 1 ? COMPARED : BESIDE_WAUC) {
      headline.tile(out, metric);
    }
    out.close().close();
  }

  private void verdict(Markup out) {
    out.open("div", "class", "verdict");
    if (series.size() < 2) {
      out.leaf("p", Series.splitTitle(series) + " WAUC", "class", "kicker");
      out.leaf("p", mean(treated, Metric.WAUC), "class", "figure");
      out.leaf("p", remainder(), "class", "claim");
      ResultText.choice(treated.setting())
          .ifPresent(text -> out.leaf("p", "Adapters: " + text + ".", "class", "aside"));
    } else {
      PairedDifference difference =
          Objects.requireNonNull(comparison.difference().get(Metric.WAUC));
      String control = series.get(0).labelInside();
      String what = Series.splitTitle(series) + " WAUC, " + treated.label() + " against " + control;
      out.leaf("p", what, "class", "kicker");
      out.leaf(
          "p", NumberText.difference(difference.mean()), "class", "figure " + tone(difference));
      out.leaf("p", claim(difference), "class", "claim");
      if (difference.pairs() > 1) {
        strip(out, difference);
      }
      for (Series one : series.subList(1, series.size() - 1)) {
        out.leaf("p", beside(one), "class", "aside");
      }
      String gap = gapClosed();
      if (!gap.isEmpty()) {
        out.leaf("p", gap, "class", "aside");
      }
    }
    out.close();
  }

  private String remainder() {
    return Double.isNaN(best)
        ? treated.label() + ", the mean of the domains' AUC weighted by their rows."
        : treated.label() + "; the best possible WAUC here is " + NumberText.metric(best) + ".";
  }

  /** What a setting between the control and the last gives. */
  private String beside(Series one) {
    PairedDifference difference =
        comparison
            .difference(series.get(0).setting().name(), one.setting().name())
            .get(Metric.WAUC);
    String text =
        one.label() + " gives " + NumberText.difference(Objects.requireNonNull(difference).mean());
    return difference.pairs() < 2 ? text + "." : text + ". " + interval(difference);
  }

  private static String interval(PairedDifference difference) {
    return "95 % interval "
        + NumberText.typeset(NumberText.interval(difference))
        + " over "
        + difference.pairs()
        + " paired seeds.";
  }

  private String claim(PairedDifference difference) {
    if (difference.pairs() == 0) {
      return "WAUC is undefined: no domain has " + Series.split(series) + " rows of both classes.";
    }
    if (difference.pairs() < 2) {
      return "One pair of runs gives no interval; five seeds would show how sure this is.";
    }
    String interval = interval(difference);
    if (!difference.excludesZero()) {
      return "No clear difference: the interval contains zero. " + interval;
    }
    return treated.label()
        + (difference.mean() > 0 ? " ranks clearly better. " : " ranks clearly worse. ")
        + interval;
  }

  private static String tone(PairedDifference difference) {
    if (!difference.excludesZero()) {
      return "open";
    }
    return difference.mean() > 0 ? "good" : "bad";
  }

  private String gapClosed() {
    double control = comparison.summary(series.get(0).setting().name(), Metric.WAUC).mean();
    double after = comparison.summary(treated.setting().name(), Metric.WAUC).mean();
    if (!(best > control)) {
      return "";
    }
    return "Closes "
        + NumberText.typeset(NumberText.percent((after - control) / (best - control), 0))
        + " of the gap to the best possible WAUC, "
        + NumberText.metric(best)
        + ".";
  }

  /**
   * AUC of the true probabilities over domains, weighted by test rows as WAUC is; NaN where it is
   * not known for every domain that WAUC counts.
   */
  static double bestWauc(ReportData data) {
    Map<String, Double> best =
        data.data().domains().stream()
            .filter(domain -> domain.bestAuc().isPresent())
            .collect(
                Collectors.toMap(
                    ReportData.Domain::name, domain -> domain.bestAuc().getAsDouble()));
    double sum = 0;
    double weight = 0;
    for (Evaluation.Domain domain : data.settings().get(0).runs().get(0).test().domains()) {
      if (!Double.isNaN(domain.auc())) {
        sum += domain.rows() * best.getOrDefault(domain.domain(), Double.NaN);
        weight += domain.rows();
      }
    }
    return sum / weight;
  }

  /** The interval on a line with zero, and one tick for each seed. */
  private void strip(Markup out, PairedDifference difference) {
    double[] seeds = differences();
    double width = 380;
    Svg svg = Svg.open(out, width, 56, "95 % interval of the difference in WAUC, with zero");
    Scale x =
        Scale.around(
            DoubleStream.concat(
                DoubleStream.of(0, difference.low(), difference.high()), DoubleStream.of(seeds)),
            1e-4,
            8,
            width - 8);
    svg.line("axis", 0, 24, width, 24);
    svg.line("axis", x.at(0), 10, x.at(0), 38);
    svg.text("tick", "middle", x.at(0), 52, "0");
    svg.line("interval", x.at(difference.low()), 24, x.at(difference.high()), 24);
    for (double seed : seeds) {
      svg.line("seed", x.at(seed), 17, x.at(seed), 31);
    }
    svg.mark(treated, x.at(difference.mean()), 24, 5);
    svg.close();
  }

  private double[] differences() {
    List<Comparison.Run> control = comparison.runsOf(series.get(0).setting().name());
    return comparison.runsOf(treated.setting().name()).stream()
        .flatMapToDouble(
            run ->
                control.stream()
                    .filter(other -> other.seed() == run.seed())
                    .mapToDouble(other -> run.test().wauc() - other.test().wauc()))
        .filter(Double::isFinite)
        .toArray();
  }

  private void tile(Markup out, Metric metric) {
    out.open("div", "class", "tile");
    String title = metric.title();
    out.leaf("h3", title.substring(0, 1).toUpperCase(Locale.ROOT) + title.substring(1));
    out.leaf("p", mean(treated, metric), "class", "value");
    if (series.size() > 1) {
      PairedDifference difference = Objects.requireNonNull(comparison.difference().get(metric));
      out.open("p", "class", "delta");
      out.leaf("span", NumberText.difference(difference.mean()), "class", "num");
      out.text(" from " + mean(series.get(0), metric)).close();
      out.leaf("p", judgement(metric, difference), "class", "judgement");
    }
    out.close();
  }

  private static String judgement(Metric metric, PairedDifference difference) {
    if (!difference.excludesZero()) {
      return difference.pairs() < 2 ? "" : "no clear difference";
    }
    boolean higher = metric.better() == Metric.Better.HIGHER;
    return difference.mean() > 0 == higher ? "clearly better" : "clearly worse";
  }

  private String mean(Series one, Metric metric) {
    Summary summary = comparison.summary(one.setting().name(), metric);
    return NumberText.metric(summary.mean());
  }
}
