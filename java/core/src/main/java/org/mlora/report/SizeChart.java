package org.mlora.report;

import java.util.List;
import java.util.stream.DoubleStream;

/** Rows of every domain as bars, and its base rate as a dot beside the rate of all rows. */
final class SizeChart {
  private static final double ROW = 24;
  private static final double TOP = 34;
  private static final double BARS_LEFT = 232;
  private static final double BARS_RIGHT = 620;
  private static final double RATES_LEFT = 716;
  private static final double RATES_RIGHT = Svg.PAGE - 70;
  private static final int TICKS = 4;

  private SizeChart() {}

  static void draw(Markup out, List<DomainRow> rows) {
    double bottom = TOP + ROW * rows.size();
    DomainRow all = DomainRow.together("all", rows);
    Svg svg = Svg.open(out, Svg.PAGE, bottom + 34, "Rows and base rate by domain");
    double most = rows.stream().mapToLong(DomainRow::rows).max().orElse(1);
    Scale sizes = new Scale(0, Math.max(most, 1), BARS_LEFT, BARS_RIGHT);
    Scale rates =
        Scale.around(
            DoubleStream.concat(
                DoubleStream.of(all.baseRate()), rows.stream().mapToDouble(DomainRow::baseRate)),
            0.02,
            RATES_LEFT + 8,
            RATES_RIGHT - 8);
    rates = new Scale(Math.max(0, rates.low()), rates.high(), rates.from(), rates.to());
    svg.text("th", "start", 0, 16, "Domain");
    svg.text("th", "start", BARS_LEFT, 16, "Rows");
    svg.text("th", "start", RATES_LEFT, 16, "Base rate");
    int digits = Math.max(0, rates.digits(TICKS) - 2);
    for (double tick : rates.ticks(TICKS)) {
      svg.line("grid", rates.at(tick), TOP - 4, rates.at(tick), bottom + 4);
      svg.text("tick", "middle", rates.at(tick), bottom + 22, NumberText.percent(tick, digits));
    }
    if (!Double.isNaN(all.baseRate())) {
      double x = rates.at(all.baseRate());
      svg.line("axis dashed", x, TOP - 4, x, bottom + 4);
      svg.text("note", "end", Svg.PAGE, 16, "all rows " + NumberText.percent(all.baseRate(), 1));
    }
    for (int i = 0; i < rows.size(); i++) {
      row(svg, rows.get(i), sizes, rates, TOP + ROW * i);
    }
    svg.close();
  }

  private static void row(Svg svg, DomainRow row, Scale sizes, Scale rates, double top) {
    double y = top + ROW / 2;
    svg.openTip(
        "row",
        row.name()
            + "\n"
            + NumberText.count(row.rows())
            + " rows\n"
            + NumberText.count(row.positives())
            + " positive, "
            + NumberText.percent(row.baseRate(), 2));
    svg.rect("hit", -8, top, Svg.PAGE + 16, ROW, 4);
    svg.text("name", "start", 0, y + 4, TextWidth.fit(row.name(), 30));
    double right = sizes.at(row.rows());
    svg.rect("amount", BARS_LEFT, y - 6, Math.max(right - BARS_LEFT, 1.5), 12, 3);
    svg.text("num", "start", Math.max(right, BARS_LEFT) + 8, y + 4, NumberText.count(row.rows()));
    svg.line("rail", RATES_LEFT, y, RATES_RIGHT, y);
    if (!Double.isNaN(row.baseRate())) {
      svg.circle("rate", rates.at(row.baseRate()), y, 4.5);
    }
    svg.text("num", "end", Svg.PAGE, y + 4, NumberText.percent(row.baseRate(), 1));
    svg.closeTip();
  }
}
