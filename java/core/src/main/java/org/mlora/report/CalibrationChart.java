package org.mlora.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.mlora.metric.Calibration;

/** Observed rate against predicted rate, bin by bin, and below how the predictions spread. */
final class CalibrationChart {
  private static final double WIDTH = 520;
  private static final double LEFT = 56;
  private static final double RIGHT = WIDTH - 16;
  private static final double TOP = 34;
  private static final double BOTTOM = 394;
  private static final double BARS_BOTTOM = 190;
  private static final int TICKS = 5;

  private CalibrationChart() {}

  /** Whether any run has bins to draw. */
  static boolean drawable(List<Series> series) {
    return bins(series).stream().anyMatch(of -> !of.isEmpty());
  }

  /** The curves, in one drawing. */
  static void curves(Markup out, List<Series> series) {
    List<List<Calibration.Bin>> bins = bins(series);
    double end = end(bins);
    Scale x = new Scale(0, end, LEFT, RIGHT);
    Scale y = new Scale(0, end, BOTTOM, TOP);
    Svg svg = Svg.open(out, WIDTH, BOTTOM + 48, "Calibration: observed against predicted rate");
    svg.text("th", "start", 0, 16, "Observed rate");
    int digits = Math.max(0, x.digits(TICKS) - 2);
    for (double tick : x.ticks(TICKS)) {
      svg.line("grid", LEFT, y.at(tick), RIGHT, y.at(tick));
      svg.line("grid", x.at(tick), TOP, x.at(tick), BOTTOM);
      svg.text("tick", "end", LEFT - 8, y.at(tick) + 4, NumberText.percent(tick, digits));
    }
    svg.line("axis dashed", x.at(0), y.at(0), x.at(end), y.at(end));
    for (Series one : series) {
      curve(svg, one, bins.get(one.index()), x, y);
    }
    predictedAxis(svg, x, BOTTOM);
    svg.close();
  }

  /** How many rows each bin has, in one drawing. */
  static void shares(Markup out, List<Series> series) {
    List<List<Calibration.Bin>> bins = bins(series);
    Scale x = new Scale(0, end(bins), LEFT, RIGHT);
    double highest =
        bins.stream()
            .flatMapToDouble(of -> of.stream().mapToDouble(bin -> (double) bin.rows() / rows(of)))
            .max()
            .orElse(1);
    Scale y = new Scale(0, highest * 1.05, BARS_BOTTOM, TOP);
    Svg svg = Svg.open(out, WIDTH, BARS_BOTTOM + 48, "Share of rows by predicted rate");
    svg.text("th", "start", 0, 16, "Share of rows");
    for (double tick : y.ticks(3)) {
      svg.line(tick == 0 ? "axis" : "grid", LEFT, y.at(tick), RIGHT, y.at(tick));
      String text = NumberText.percent(tick, Math.max(0, y.digits(3) - 2));
      svg.text("tick", "end", LEFT - 8, y.at(tick) + 4, text);
    }
    for (Series one : series) {
      bars(svg, one, series.size(), bins.get(one.index()), x, y);
    }
    predictedAxis(svg, x, BARS_BOTTOM);
    svg.close();
  }

  private static void predictedAxis(Svg svg, Scale x, double bottom) {
    int digits = Math.max(0, x.digits(TICKS) - 2);
    for (double tick : x.ticks(TICKS)) {
      svg.text("tick", "middle", x.at(tick), bottom + 20, NumberText.percent(tick, digits));
    }
    svg.text("tick", "middle", (LEFT + RIGHT) / 2, bottom + 42, "predicted rate");
  }

  private static List<List<Calibration.Bin>> bins(List<Series> series) {
    return series.stream().map(CalibrationChart::merged).toList();
  }

  /** Where both axes end: beyond the largest rate. */
  private static double end(List<List<Calibration.Bin>> bins) {
    double most =
        bins.stream()
            .flatMap(List::stream)
            .flatMapToDouble(bin -> DoubleStream.of(bin.meanPrediction(), bin.meanLabel()))
            .max()
            .orElse(1);
    return Math.min(1, Math.max(most * 1.06, 0.02));
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

  private static void bars(
      Svg svg, Series one, int settings, List<Calibration.Bin> bins, Scale x, Scale y) {
    for (Calibration.Bin bin : bins) {
      double left = Math.min(x.at(bin.lower()), RIGHT);
      double slot = Math.min(x.at(bin.upper()), RIGHT) - left;
      double width = Math.max((slot - 4) / settings, 1);
      double height = Math.max(BARS_BOTTOM - y.at((double) bin.rows() / rows(bins)), 0.8);
      svg.openTip("dot", tip(one, bin));
      double from = left + 2 + width * one.index();
      svg.rect("share " + one.className(), from, BARS_BOTTOM - height, width - 1, height, 1);
      svg.closeTip();
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
    double weight = a.weight() + b.weight();
    return new Calibration.Bin(
        a.lower(),
        a.upper(),
        a.rows() + b.rows(),
        weight,
        (a.meanPrediction() * a.weight() + b.meanPrediction() * b.weight()) / weight,
        (a.meanLabel() * a.weight() + b.meanLabel() * b.weight()) / weight);
  }
}
