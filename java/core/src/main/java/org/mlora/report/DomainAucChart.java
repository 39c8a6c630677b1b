package org.mlora.report;

import java.util.List;
import java.util.stream.DoubleStream;
import org.mlora.metric.Summary;

/** Per-domain AUC of every setting as dots on one line a domain, the largest domain on top. */
final class DomainAucChart {
  private static final double ROW = 26;
  private static final double TOP = 34;

  private final Frame frame;
  private final List<Series> series;

  /** Where things are; a narrow frame has no room for the rows of a domain. */
  private record Frame(
      Svg.Width width, int nameCells, double plotLeft, double plotRight, int ticks) {
    static final Frame WIDE = new Frame(Svg.Width.WIDE, 30, 300, Svg.PAGE - 96, 7);
    static final Frame NARROW = new Frame(Svg.Width.NARROW, 15, 122, Svg.PHONE - 66, 4);

    double right() {
      return width.pixels();
    }
  }

  private DomainAucChart(Frame frame, List<Series> series) {
    this.frame = frame;
    this.series = series;
  }

  /** Draws the rows in their order, once for wide and once for narrow screens. */
  static void draw(Markup out, List<DomainRow> rows, List<Series> series) {
    boolean best = rows.stream().anyMatch(row -> !Double.isNaN(row.best()));
    Series.legend(out, series, best);
    new DomainAucChart(Frame.WIDE, series).draw(out, rows);
    new DomainAucChart(Frame.NARROW, series).draw(out, rows);
  }

  private void draw(Markup out, List<DomainRow> rows) {
    double bottom = TOP + ROW * rows.size();
    String title = Series.splitTitle(series);
    Svg svg = Svg.open(out, frame.width(), bottom + 34, title + " AUC by domain");
    Scale x =
        Scale.around(
            rows.stream().flatMapToDouble(DomainAucChart::values),
            0.01,
            frame.plotLeft() + 8,
            frame.plotRight() - 8);
    svg.text("th", "start", 0, 16, "Domain");
    if (frame.width() == Svg.Width.WIDE) {
      svg.text("th", "end", frame.plotLeft() - 16, 16, "Rows");
    }
    svg.text("th", "start", frame.plotLeft(), 16, title + " AUC");
    svg.text("th", "end", frame.right(), 16, series.size() > 1 ? "Gain" : "AUC");
    for (double tick : x.ticks(frame.ticks())) {
      boolean chance = Math.abs(tick - 0.5) < 1e-9;
      svg.line(chance ? "axis" : "grid", x.at(tick), TOP - 4, x.at(tick), bottom + 4);
      String text = NumberText.fixed(tick, Math.max(2, x.digits(frame.ticks())));
      svg.text("tick", "middle", x.at(tick), bottom + 22, chance ? text + " chance" : text);
    }
    for (int i = 0; i < rows.size(); i++) {
      row(svg, rows.get(i), x, TOP + ROW * i);
    }
    svg.close();
  }

  private static DoubleStream values(DomainRow row) {
    return DoubleStream.concat(
        row.aucs().stream().mapToDouble(Summary::mean), DoubleStream.of(row.best()));
  }

  private void row(Svg svg, DomainRow row, Scale x, double top) {
    double y = top + ROW / 2;
    svg.openTip("row", tip(row));
    svg.rect("hit", -8, top, frame.right() + 16, ROW, 4);
    svg.text("name", "start", 0, y + 4, TextWidth.fit(row.name(), frame.nameCells()));
    if (frame.width() == Svg.Width.WIDE) {
      String count = NumberText.compactCount(row.rows());
      svg.text("num", "end", frame.plotLeft() - 16, y + 4, count);
    }
    double[] aucs =
        row.aucs().stream().mapToDouble(Summary::mean).filter(Double::isFinite).toArray();
    svg.line("rail", frame.plotLeft(), y, frame.plotRight(), y);
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
      svg.text(
          "note",
          "start",
          frame.plotLeft() + 8,
          y + 4,
          frame.width() == Svg.Width.WIDE
              ? "undefined: " + Series.split(series) + " rows of one class only"
              : "one class only");
    }
    if (series.size() > 1) {
      svg.text(row.gain() > 0 ? "num strong" : "num", "end", frame.right(), y + 4, gain(row));
    } else {
      String auc = NumberText.metric(row.aucs().get(0).mean());
      svg.text("num strong", "end", frame.right(), y + 4, auc);
    }
    svg.closeTip();
  }

  private static String gain(DomainRow row) {
    return NumberText.difference(row.gain());
  }

  private String tip(DomainRow row) {
    StringBuilder tip = new StringBuilder(row.name());
    tip.append('\n').append(NumberText.count(row.rows())).append(" rows, ");
    tip.append(NumberText.percent(row.baseRate(), 1)).append(" positive");
    for (Series one : series) {
      tip.append('\n').append(one.label()).append(": ");
      tip.append(NumberText.meanSd(row.aucs().get(one.index())));
    }
    if (!Double.isNaN(row.best())) {
      tip.append("\nBest possible: ").append(NumberText.metric(row.best()));
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
