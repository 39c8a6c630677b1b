package org.mlora.report;

import java.util.List;

/** What adapters cost: the time of a run without and with them, as bars one above the other. */
final class CostChart {
  private static final double ROW = 40;
  private static final double TOP = 34;
  private static final double BAR = 11;
  private static final int TICKS = 6;

  private CostChart() {}

  /** Draws the rows in their order. */
  static void draw(Markup out, String data, List<ReproductionRow> rows) {
    double bottom = TOP + ROW * rows.size();
    double left = 200;
    double right = Svg.PAGE - 130;
    double most =
        rows.stream()
            .mapToDouble(row -> Math.max(row.secondsControl(), row.secondsTreated()))
            .filter(Double::isFinite)
            .max()
            .orElse(1);
    Scale x = new Scale(0, Math.max(most, 1e-3), left, right);
    Svg svg = Svg.open(out, Svg.PAGE, bottom + 34, "Time of a run on " + data);
    svg.text("th", "start", 0, 16, "Model");
    svg.text("th", "start", left, 16, "Seconds of a run: without adapters above, MLoRA below");
    svg.text("th", "end", Svg.PAGE, 16, "Parameters added");
    for (double tick : x.ticks(TICKS)) {
      svg.line("grid", x.at(tick), TOP - 4, x.at(tick), bottom + 4);
      String text = NumberText.fixed(tick, x.digits(TICKS));
      svg.text("tick", "middle", x.at(tick), bottom + 22, text);
    }
    for (int i = 0; i < rows.size(); i++) {
      ReproductionRow row = rows.get(i);
      double y = TOP + ROW * i + ROW / 2;
      svg.text(row.mean() ? "name strong" : "name", "start", 0, y + 4, row.model());
      bar(svg, "s0", x, y - BAR - 1, row.secondsControl());
      bar(svg, "s1", x, y + 1, row.secondsTreated());
      svg.text("num strong", "end", Svg.PAGE, y + 4, "+" + NumberText.compactCount(row.added()));
    }
    svg.close();
  }

  private static void bar(Svg svg, String className, Scale x, double top, double seconds) {
    if (Double.isFinite(seconds)) {
      svg.rect("share " + className, x.at(0), top, x.at(seconds) - x.at(0), BAR, 2);
    }
  }
}
