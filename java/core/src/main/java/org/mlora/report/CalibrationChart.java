package org.mlora.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.mlora.metric.Calibration;

/** Observed rate against predicted rate, bin by bin, and below how the predictions spread. */
final class CalibrationChart {
  private static final double WIDTH = 560;
  private static final double LEFT = 56;
  private static final double RIGHT = WIDTH - 16;
  private static final double TOP = 34;
  private static final double BOTTOM = 374;
  private static final double BARS_TOP = 420;
  private static final double BARS_BOTTOM = 490;
  private static final double HEIGHT = 536;
  private static final int TICKS = 5;

  private CalibrationChart() {}

  static void draw(Markup out, List<Series> series) {
    List<List<Calibration.Bin>> bins = series.stream().map(CalibrationChart::merged).toList();
    double most =
        bins.stream()
            .flatMap(List::stream)
            .flatMapToDouble(bin -> DoubleStream.of(bin.meanPrediction(), bin.meanLabel()))
            .max()
            .orElse(1);
    double end = Math.min(1, Math.max(most * 1.06, 0.02));
    Scale x = new Scale(0, end, LEFT, RIGHT);
    Scale y = new Scale(0, end, BOTTOM, TOP);
    Svg svg = Svg.open(out, WIDTH, HEIGHT, "Calibration: observed against predicted rate");
    svg.text("th", "start", 0, 16, "Observed rate");
    int digits = Math.max(0, x.digits(TICKS) - 2);
    for (double tick : x.ticks(TICKS)) {
      String text = NumberText.percent(tick, digits);
      svg.line("grid", LEFT, y.at(tick), RIGHT, y.at(tick));
      svg.line("grid", x.at(tick), TOP, x.at(tick), BOTTOM);
      svg.text("tick", "end", LEFT - 8, y.at(tick) + 4, text);
      svg.text("tick", "middle", x.at(tick), BOTTOM + 20, text);
    }
    svg.line("axis dashed", x.at(0), y.at(0), x.at(end), y.at(end));
    for (Series one : series) {
      curve(svg, one, bins.get(one.index()), x, y);
    }
    shares(svg, series, bins, x);
    svg.text("tick", "middle", (LEFT + RIGHT) / 2, HEIGHT - 12, "predicted rate");
    svg.close();
  }

  private static void curve(Svg svg, Series one, List<Calibration.Bin> bins, Scale x, Scale y) {
    List<double[]> points = new ArrayList<>();
    for (Calibration.Bin bin : bins) {
      points.add(new double[] {x.at(bin.meanPrediction()), y.at(bin.meanLabel())});
    }
    svg.path("curve " + one.className(), points);
    for (Calibration.Bin bin : bins) {
      svg.openTip("dot", tip(one, bin));
      svg.mark(one, x.at(bin.meanPrediction()), y.at(bin.meanLabel()), 4.5);
      svg.closeTip();
    }
  }

  private static void shares(
      Svg svg, List<Series> series, List<List<Calibration.Bin>> bins, Scale x) {
    svg.text("th", "start", 0, BARS_TOP - 8, "Share of rows");
    double highest = 0;
    for (List<Calibration.Bin> ofSeries : bins) {
      for (Calibration.Bin bin : ofSeries) {
        highest = Math.max(highest, (double) bin.rows() / rows(ofSeries));
      }
    }
    svg.text("tick", "end", LEFT - 8, BARS_TOP + 8, NumberText.percent(highest, 0));
    svg.line("axis", LEFT, BARS_BOTTOM, RIGHT, BARS_BOTTOM);
    for (Series one : series) {
      List<Calibration.Bin> ofSeries = bins.get(one.index());
      for (Calibration.Bin bin : ofSeries) {
        double left = Math.min(x.at(bin.lower()), RIGHT);
        double slot = Math.min(x.at(bin.upper()), RIGHT) - left;
        double width = Math.max((slot - 4) / series.size(), 1);
        double height =
            (BARS_BOTTOM - BARS_TOP) * bin.rows() / rows(ofSeries) / Math.max(highest, 1e-9);
        svg.openTip("dot", tip(one, bin));
        svg.rect(
            "share " + one.className(),
            left + 2 + width * one.index(),
            BARS_BOTTOM - Math.max(height, 0.8),
            width - 1,
            Math.max(height, 0.8),
            1);
        svg.closeTip();
      }
    }
  }

  private static String tip(Series one, Calibration.Bin bin) {
    return one.label()
        + "\npredicted "
        + NumberText.percent(bin.meanPrediction(), 2)
        + "\nobserved "
        + NumberText.percent(bin.meanLabel(), 2)
        + "\n"
        + NumberText.count(bin.rows())
        + (one.setting().runs().size() > 1 ? " rows over all seeds" : " rows");
  }

  private static long rows(List<Calibration.Bin> bins) {
    return Math.max(1, bins.stream().mapToLong(Calibration.Bin::rows).sum());
  }

  /** The bins of all seeds together. */
  private static List<Calibration.Bin> merged(Series series) {
    Map<Double, Calibration.Bin> bins = new TreeMap<>();
    for (ReportData.Run run : series.setting().runs()) {
      for (Calibration.Bin bin : run.calibration().bins()) {
        bins.merge(bin.lower(), bin, CalibrationChart::merge);
      }
    }
    return List.copyOf(bins.values());
  }

  private static Calibration.Bin merge(Calibration.Bin a, Calibration.Bin b) {
    double rows = a.rows() + b.rows();
    return new Calibration.Bin(
        a.lower(),
        a.upper(),
        a.rows() + b.rows(),
        (a.meanPrediction() * a.rows() + b.meanPrediction() * b.rows()) / rows,
        (a.meanLabel() * a.rows() + b.meanLabel() * b.rows()) / rows);
  }
}
