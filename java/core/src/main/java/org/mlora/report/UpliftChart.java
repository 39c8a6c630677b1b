package org.mlora.report;

import java.util.List;
import java.util.stream.DoubleStream;

/** Uplift of every model on one data set: a mark, its 95 % interval, and zero. */
final class UpliftChart {
  private static final double ROW = 28;
  private static final double TOP = 34;

  private final Frame frame;

  /** Where things are. */
  private record Frame(Svg.Width width, double plotLeft, double plotRight, int ticks) {
    static final Frame WIDE = new Frame(Svg.Width.WIDE, 200, Svg.PAGE - 240, 7);
    static final Frame NARROW = new Frame(Svg.Width.NARROW, 132, Svg.PHONE - 70, 3);

    double right() {
      return width.pixels();
    }

    boolean wide() {
      return width == Svg.Width.WIDE;
    }
  }

  private UpliftChart(Frame frame) {
    this.frame = frame;
  }

  /** Draws the rows in their order, once for wide and once for narrow screens. */
  static void draw(Markup out, String data, List<ReproductionRow> rows) {
    new UpliftChart(Frame.WIDE).drawRows(out, data, rows);
    new UpliftChart(Frame.NARROW).drawRows(out, data, rows);
  }

  private void drawRows(Markup out, String data, List<ReproductionRow> rows) {
    double bottom = TOP + ROW * rows.size();
    Svg svg = Svg.open(out, frame.width(), bottom + 34, "Uplift in test WAUC on " + data);
    Scale x =
        Scale.around(
            DoubleStream.concat(
                DoubleStream.of(0),
                rows.stream()
                    .flatMapToDouble(
                        row ->
                            DoubleStream.of(
                                row.uplift().mean(), row.uplift().low(), row.uplift().high()))),
            0.002,
            frame.plotLeft() + 8,
            frame.plotRight() - 8);
    svg.text("th", "start", 0, 16, "Model");
    svg.text("th", "start", frame.plotLeft(), 16, "Uplift in test WAUC");
    svg.text("th", "end", frame.right(), 16, frame.wide() ? "Uplift, 95 % interval" : "Uplift");
    for (double tick : x.ticks(frame.ticks())) {
      boolean zero = Math.abs(tick) < 1e-12;
      svg.line(zero ? "axis" : "grid", x.at(tick), TOP - 4, x.at(tick), bottom + 4);
      String text = NumberText.difference(tick, x.digits(frame.ticks()));
      svg.text("tick", "middle", x.at(tick), bottom + 22, text);
    }
    for (int i = 0; i < rows.size(); i++) {
      row(svg, rows.get(i), x, TOP + ROW * i);
    }
    svg.close();
  }

  private void row(Svg svg, ReproductionRow row, Scale x, double top) {
    double y = top + ROW / 2;
    svg.openTip("row", tip(row));
    svg.rect("hit", -8, top, frame.right() + 16, ROW, 4);
    svg.text(
        row.mean() ? "name strong" : "name", "start", 0, y + 4, TextWidth.fit(row.model(), 18));
    if (row.uplift().pairs() > 1) {
      svg.line("interval", x.at(row.uplift().low()), y, x.at(row.uplift().high()), y);
    }
    if (!Double.isNaN(row.uplift().mean())) {
      svg.circle(row.mean() ? "mark s2" : "mark s1", x.at(row.uplift().mean()), y, 5.5);
    }
    String uplift = NumberText.difference(row.uplift().mean());
    boolean interval = frame.wide() && row.uplift().pairs() > 1;
    svg.text(
        "num strong",
        "end",
        frame.right(),
        y + 4,
        interval ? uplift + "  (" + NumberText.typeset(row.interval()) + ")" : uplift);
    svg.closeTip();
  }

  private static String tip(ReproductionRow row) {
    return row.model()
        + "\nWithout adapters: "
        + NumberText.meanSd(row.control())
        + "\nMLoRA: "
        + NumberText.meanSd(row.treated())
        + "\nUplift: "
        + NumberText.difference(row.uplift().mean())
        + (row.uplift().pairs() < 2 ? "" : " (" + NumberText.typeset(row.interval()) + ")")
        + "\nParameters added: "
        + row.addedShare();
  }
}
