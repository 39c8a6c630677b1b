package org.mlora.report;

import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Gain of the adapters against the size of the domain, a dot a domain: do small domains gain? Gains
 * of domains of a few rows are wild, and would leave the others a line; they are ticks at the edge.
 */
final class GainChart {
  private static final double HEIGHT = 300;
  private static final double LEFT = 64;
  private static final double RIGHT = Svg.PAGE - 12;
  private static final double TOP = 34;
  private static final double BOTTOM = HEIGHT - 48;
  private static final int TICKS = 5;

  /**
   * The axis holds the gains of so many of the domains, and all where it need not be much longer.
   */
  private static final double SHOWN = 0.95;

  private static final double LONGER = 2;
  private static final double BEYOND = 7;

  private GainChart() {}

  /** Draws all domains whose gain is defined; nothing with fewer than two. */
  static void draw(Markup out, List<DomainRow> all, Series treated) {
    List<DomainRow> rows =
        all.stream().filter(row -> !Double.isNaN(row.gain()) && row.rows() > 0).toList();
    if (rows.size() < 2) {
      return;
    }
    Svg svg = Svg.open(out, Svg.Width.WIDE, HEIGHT, "Gain in AUC against the rows of the domain");
    Scale x =
        Scale.around(rows.stream().mapToDouble(row -> Math.log10(row.rows())), 0.1, LEFT, RIGHT);
    double end = end(rows);
    Scale y = Scale.around(DoubleStream.of(-end, end), 0.01, BOTTOM, TOP);
    svg.text("th", "start", 0, 16, "Gain in AUC by size of the domain");
    long beyond = rows.stream().filter(row -> !y.contains(row.gain())).count();
    if (beyond > 0) {
      String note = beyond == 1 ? "tick: a domain beyond" : "ticks: " + beyond + " domains beyond";
      svg.text("note", "end", RIGHT, 16, note);
    }
    for (double tick : y.ticks(TICKS)) {
      boolean zero = Math.abs(tick) < 1e-12;
      svg.line(zero ? "axis" : "grid", LEFT, y.at(tick), RIGHT, y.at(tick));
      String text = zero ? "0" : NumberText.difference(tick, Math.max(2, y.digits(TICKS)));
      svg.text("tick", "end", LEFT - 10, y.at(tick) + 4, text);
    }
    for (int power = 0; power < 19; power++) {
      for (int digit : new int[] {1, 2, 5}) {
        double rows10 = digit * Math.pow(10, power);
        if (x.contains(Math.log10(rows10))) {
          double at = x.at(Math.log10(rows10));
          svg.text("tick", "middle", at, BOTTOM + 22, NumberText.compactCount((long) rows10));
          svg.line("grid", at, TOP, at, BOTTOM);
        }
      }
    }
    svg.text("tick", "middle", (LEFT + RIGHT) / 2, HEIGHT - 6, "rows");
    for (DomainRow row : rows) {
      svg.openPointerTip("dot", tip(row));
      mark(svg, treated, x.at(Math.log10(row.rows())), y, row.gain());
      svg.closeTip();
    }
    svg.close();
  }

  private static void mark(Svg svg, Series treated, double x, Scale y, double gain) {
    if (y.contains(gain)) {
      svg.circle("speck " + treated.className(), x, y.at(gain), 4);
    } else {
      double edge = gain > 0 ? TOP : BOTTOM - BEYOND;
      svg.line("beyond " + treated.className(), x, edge, x, edge + BEYOND);
    }
  }

  /** Where the axis ends on both sides. */
  private static double end(List<DomainRow> rows) {
    double[] sizes = rows.stream().mapToDouble(row -> Math.abs(row.gain())).sorted().toArray();
    double shown = sizes[(int) Math.ceil(SHOWN * sizes.length) - 1];
    double longest = sizes[sizes.length - 1];
    return longest <= LONGER * shown ? longest : shown;
  }

  private static String tip(DomainRow row) {
    return row.name()
        + "\n"
        + NumberText.count(row.rows())
        + " rows\nGain: "
        + NumberText.difference(row.gain());
  }
}
