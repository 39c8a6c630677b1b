package org.mlora.report;

import java.util.List;
import java.util.stream.DoubleStream;
import org.mlora.metric.Summary;

/** Per-domain AUC of every setting as dots on one line a domain, the largest domain on top. */
final class DomainAucChart {
  private static final double ROW = 26;
  private static final double TOP = 34;
  private static final double PLOT_LEFT = 300;
  private static final double PLOT_RIGHT = Svg.PAGE - 96;
  private static final int TICKS = 7;

  private DomainAucChart() {}

  /** Draws the rows in their order. */
  static void draw(Markup out, List<DomainRow> rows, List<Series> series) {
    double bottom = TOP + ROW * rows.size();
    boolean best = rows.stream().anyMatch(row -> !Double.isNaN(row.best()));
    Series.legend(out, series, best);
    Svg svg = Svg.open(out, Svg.PAGE, bottom + 34, "Test AUC by domain");
    Scale x =
        Scale.around(
            rows.stream().flatMapToDouble(DomainAucChart::values),
            0.01,
            PLOT_LEFT + 8,
            PLOT_RIGHT - 8);
    svg.text("th", "start", 0, 16, "Domain");
    svg.text("th", "end", PLOT_LEFT - 16, 16, "Rows");
    svg.text("th", "start", PLOT_LEFT, 16, "Test AUC");
    if (series.size() > 1) {
      svg.text("th", "end", Svg.PAGE, 16, "Gain");
    }
    for (double tick : x.ticks(TICKS)) {
      boolean chance = Math.abs(tick - 0.5) < 1e-9;
      svg.line(chance ? "axis" : "grid", x.at(tick), TOP - 4, x.at(tick), bottom + 4);
      String text = NumberText.fixed(tick, Math.max(2, x.digits(TICKS)));
      svg.text("tick", "middle", x.at(tick), bottom + 22, chance ? text + " chance" : text);
    }
    for (int i = 0; i < rows.size(); i++) {
      row(svg, rows.get(i), series, x, TOP + ROW * i);
    }
    svg.close();
  }

  private static DoubleStream values(DomainRow row) {
    return DoubleStream.concat(
        row.aucs().stream().mapToDouble(Summary::mean), DoubleStream.of(row.best()));
  }

  private static void row(Svg svg, DomainRow row, List<Series> series, Scale x, double top) {
    double y = top + ROW / 2;
    svg.openTip("row", tip(row, series));
    svg.rect("hit", -8, top, Svg.PAGE + 16, ROW, 4);
    svg.text("name", "start", 0, y + 4, TextWidth.fit(row.name(), 30));
    svg.text("num", "end", PLOT_LEFT - 16, y + 4, NumberText.compactCount(row.rows()));
    double[] aucs =
        row.aucs().stream().mapToDouble(Summary::mean).filter(Double::isFinite).toArray();
    svg.line("rail", PLOT_LEFT, y, PLOT_RIGHT, y);
    if (aucs.length > 0 && row.best() > max(aucs)) {
      svg.line("gap", x.at(max(aucs)), y, x.at(row.best()), y);
    }
    if (aucs.length > 1) {
      String direction = row.gain() >= 0 ? "bond " + last(series).className() : "bond worse";
      svg.line(direction, x.at(min(aucs)), y, x.at(max(aucs)), y);
    }
    if (!Double.isNaN(row.best())) {
      svg.best(x.at(row.best()), y);
    }
    for (Series one : series) {
      double auc = row.aucs().get(one.index()).mean();
      if (!Double.isNaN(auc)) {
        svg.mark(one, x.at(auc), y, 5.5);
      }
    }
    if (aucs.length == 0) {
      svg.text("note", "start", PLOT_LEFT + 8, y + 4, "undefined: test rows of one class only");
    }
    if (series.size() > 1) {
      svg.text(row.gain() < 0 ? "num" : "num strong", "end", Svg.PAGE, y + 4, gain(row));
    }
    svg.closeTip();
  }

  private static String gain(DomainRow row) {
    return NumberText.signed(row.gain(), 4).replace('-', '−');
  }

  private static String tip(DomainRow row, List<Series> series) {
    StringBuilder tip = new StringBuilder(row.name());
    tip.append('\n').append(NumberText.count(row.rows())).append(" rows, ");
    tip.append(NumberText.percent(row.baseRate(), 1)).append(" positive");
    for (Series one : series) {
      tip.append('\n').append(one.label()).append(": ");
      tip.append(NumberText.meanSd(row.aucs().get(one.index()), 4));
    }
    if (!Double.isNaN(row.best())) {
      tip.append("\nBest possible: ").append(NumberText.fixed(row.best(), 4));
    }
    if (!Double.isNaN(row.gain())) {
      tip.append("\nGain: ").append(gain(row));
    }
    return tip.toString();
  }

  private static Series last(List<Series> series) {
    return series.get(series.size() - 1);
  }

  private static double min(double[] values) {
    return DoubleStream.of(values).min().orElseThrow();
  }

  private static double max(double[] values) {
    return DoubleStream.of(values).max().orElseThrow();
  }
}
