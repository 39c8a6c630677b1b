package org.mlora.report;

import java.util.List;
import java.util.stream.DoubleStream;

/** Rows of every domain as bars, and its base rate as a dot beside the rate of all rows. */
final class SizeChart {
  private static final double ROW = 24;
  private static final double TOP = 34;
  private static final double RATES_LEFT = 716;
  private static final double RATES_RIGHT = Svg.PAGE - 70;
  private static final int TICKS = 4;

  private final Frame frame;

  /** Where things are; a narrow frame tells base rates in numbers only. */
  private record Frame(Svg.Width width, int nameCells, double barsLeft, double barsRight) {
    static final Frame WIDE = new Frame(Svg.Width.WIDE, 30, 232, 620);
    static final Frame NARROW = new Frame(Svg.Width.NARROW, 15, 122, Svg.PHONE - 140);

    boolean drawsRates() {
      return width == Svg.Width.WIDE;
    }

    double right() {
      return width.pixels();
    }
  }

  private SizeChart(Frame frame) {
    this.frame = frame;
  }

  /** Draws the rows in their order, once for wide and once for narrow screens. */
  static void draw(Markup out, List<DomainRow> rows) {
    new SizeChart(Frame.WIDE).drawRows(out, rows);
    new SizeChart(Frame.NARROW).drawRows(out, rows);
  }

  private void drawRows(Markup out, List<DomainRow> rows) {
    double bottom = TOP + ROW * rows.size();
    DomainRow all = DomainRow.together("all", rows);
    double foot = frame.drawsRates() ? 34 : 8;
    Svg svg = Svg.open(out, frame.width(), bottom + foot, "Rows and base rate by domain");
    double most = rows.stream().mapToLong(DomainRow::rows).max().orElse(1);
    Scale sizes = new Scale(0, Math.max(most, 1), frame.barsLeft(), frame.barsRight());
    Scale rates = rates(rows, all);
    svg.text("th", "start", 0, 16, "Domain");
    svg.text("th", "start", frame.barsLeft(), 16, "Rows");
    if (frame.drawsRates()) {
      rateAxis(svg, rates, all, bottom);
    } else {
      svg.text("th", "end", frame.right(), 16, "Base rate");
    }
    for (int i = 0; i < rows.size(); i++) {
      row(svg, rows.get(i), sizes, rates, TOP + ROW * i);
    }
    svg.close();
  }

  private static Scale rates(List<DomainRow> rows, DomainRow all) {
    Scale rates =
        Scale.around(
            DoubleStream.concat(
                DoubleStream.of(all.baseRate()), rows.stream().mapToDouble(DomainRow::baseRate)),
            0.02,
            RATES_LEFT + 8,
            RATES_RIGHT - 8);
    return new Scale(Math.max(0, rates.low()), rates.high(), rates.from(), rates.to());
  }

  private static void rateAxis(Svg svg, Scale rates, DomainRow all, double bottom) {
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
  }

  private void row(Svg svg, DomainRow row, Scale sizes, Scale rates, double top) {
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
    svg.rect("hit", -8, top, frame.right() + 16, ROW, 4);
    svg.text("name", "start", 0, y + 4, TextWidth.fit(row.name(), frame.nameCells()));
    double right = sizes.at(row.rows());
    svg.rect("amount", frame.barsLeft(), y - 6, Math.max(right - frame.barsLeft(), 1.5), 12, 3);
    svg.text(
        "num", "start", Math.max(right, frame.barsLeft()) + 8, y + 4, NumberText.count(row.rows()));
    if (frame.drawsRates()) {
      svg.line("rail", RATES_LEFT, y, RATES_RIGHT, y);
      if (!Double.isNaN(row.baseRate())) {
        svg.circle("rate", rates.at(row.baseRate()), y, 4.5);
      }
    }
    svg.text("num", "end", frame.right(), y + 4, NumberText.percent(row.baseRate(), 1));
    svg.closeTip();
  }
}
