package org.mlora.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.mlora.metric.Metric;

/**
 * Train loss, and the validation metric that ends the training, by epoch: a thin line a seed, a
 * thick one for their mean. Epochs of some rows alone are left out.
 */
final class LearningCurves {
  private static final double WIDTH = 520;
  private static final double HEIGHT = 300;
  private static final double LEFT = 52;
  private static final double RIGHT = WIDTH - 12;
  private static final double TOP = 34;
  private static final double BOTTOM = HEIGHT - 44;
  private static final int TICKS = 6;

  private final List<Series> series;
  private final String title;
  private final ToDoubleFunction<ReportData.Epoch> value;
  private final boolean marksBest;
  private final int first;
  private final int last;
  private final Scale x;
  private final Scale y;

  private LearningCurves(
      List<Series> series,
      String title,
      ToDoubleFunction<ReportData.Epoch> value,
      boolean marksBest) {
    this.series = series;
    this.title = title;
    this.value = epoch -> epoch.ofAllRows() ? value.applyAsDouble(epoch) : Double.NaN;
    this.marksBest = marksBest;
    this.first = epochs(series).mapToInt(ReportData.Epoch::epoch).min().orElse(0);
    this.last = epochs(series).mapToInt(ReportData.Epoch::epoch).max().orElse(0);
    this.x = new Scale(first - 0.3, last + 0.3, LEFT, RIGHT);
    this.y = Scale.around(epochs(series).mapToDouble(this.value), 0.01, BOTTOM, TOP);
  }

  /** Whether any epoch has a number to draw. */
  static boolean drawable(List<Series> series) {
    return epochs(series)
        .filter(epoch -> epoch.epoch() > 1)
        .anyMatch(
            epoch -> Double.isFinite(epoch.trainLoss()) || Double.isFinite(epoch.validation()));
  }

  static void draw(Markup out, List<Series> series) {
    Metric stop = series.get(0).setting().runs().get(0).stop();
    Series.legend(out, series, false);
    out.open("div", "class", "pair");
    new LearningCurves(series, "Train loss", ReportData.Epoch::trainLoss, false).draw(out);
    new LearningCurves(series, "Validation " + stop.title(), ReportData.Epoch::validation, true)
        .draw(out);
    out.close();
  }

  private static Stream<ReportData.Epoch> epochs(List<Series> series) {
    return series.stream()
        .flatMap(one -> one.setting().runs().stream())
        .flatMap(run -> run.epochs().stream());
  }

  private void draw(Markup out) {
    Svg svg = Svg.open(out, WIDTH, HEIGHT, title + " by epoch");
    svg.text("th", "start", 0, 16, title);
    for (double tick : y.ticks(TICKS)) {
      svg.line("grid", LEFT, y.at(tick), RIGHT, y.at(tick));
      String text = NumberText.fixed(tick, Math.max(2, y.digits(TICKS)));
      svg.text("tick", "end", LEFT - 8, y.at(tick) + 4, text);
    }
    int step = Math.max(1, (int) Math.ceil((last - first) / 9.0));
    for (int epoch = first; epoch <= last; epoch += step) {
      svg.text("tick", "middle", x.at(epoch), BOTTOM + 20, Integer.toString(epoch));
    }
    svg.text("tick", "middle", (LEFT + RIGHT) / 2, HEIGHT - 4, "epoch");
    phases(svg);
    for (Series one : series) {
      curves(svg, one);
    }
    hits(svg);
    svg.close();
  }

  private void curves(Svg svg, Series one) {
    List<ReportData.Run> runs = one.setting().runs();
    for (ReportData.Run run : runs) {
      List<double[]> points = new ArrayList<>();
      for (ReportData.Epoch epoch : run.epochs()) {
        points.add(point(epoch.epoch(), value.applyAsDouble(epoch)));
      }
      svg.path((runs.size() > 1 ? "curve thin " : "curve ") + one.className(), points);
    }
    if (runs.size() > 1) {
      List<double[]> points = new ArrayList<>();
      for (int epoch = first; epoch <= last; epoch++) {
        double[] values = values(one, epoch);
        // The mean ends with the shortest run: beyond, it would jump as runs drop out.
        points.add(point(epoch, values.length == runs.size() ? mean(values) : Double.NaN));
      }
      svg.path("curve " + one.className(), points);
    }
    if (marksBest) {
      for (ReportData.Run run : runs) {
        best(run).ifPresent(e -> svg.mark(one, x.at(e.epoch()), y.at(value.applyAsDouble(e)), 4));
      }
    }
  }

  private Optional<ReportData.Epoch> best(ReportData.Run run) {
    return run.epochs().stream()
        .filter(epoch -> epoch.epoch() == run.bestEpoch())
        .filter(epoch -> Double.isFinite(value.applyAsDouble(epoch)))
        .findFirst();
  }

  /**
   * A line where the phase changes, as far as all runs agree on the epoch, and names on both sides.
   */
  private void phases(Svg svg) {
    boolean named = false;
    for (int epoch = first + 1; epoch <= last; epoch++) {
      List<String> before = phases(epoch - 1);
      List<String> now = phases(epoch);
      if (before.size() == 1 && now.size() == 1 && !before.equals(now)) {
        double at = x.at(epoch - 0.5);
        svg.line("axis dashed", at, TOP, at, BOTTOM);
        svg.text("note", "start", at + 6, TOP + 10, now.get(0));
        if (!named) {
          svg.text("note", "end", at - 6, TOP + 10, before.get(0));
          named = true;
        }
      }
    }
  }

  private List<String> phases(int epoch) {
    return epochs(series)
        .filter(e -> e.epoch() == epoch)
        .map(ReportData.Epoch::phase)
        .distinct()
        .toList();
  }

  private void hits(Svg svg) {
    for (int epoch = first; epoch <= last; epoch++) {
      StringBuilder tip = new StringBuilder("Epoch " + epoch);
      for (Series one : series) {
        double[] values = values(one, epoch);
        if (values.length > 0) {
          tip.append('\n').append(one.label()).append(": ");
          tip.append(NumberText.metric(mean(values)));
          tip.append(values.length > 1 ? " (" + values.length + " seeds)" : "");
        }
      }
      double half = (x.at(1) - x.at(0)) / 2;
      svg.openTip("column", tip.toString());
      svg.rect("hit", x.at(epoch) - half, TOP, 2 * half, BOTTOM - TOP, 0);
      svg.line("cross", x.at(epoch), TOP, x.at(epoch), BOTTOM);
      svg.closeTip();
    }
  }

  private double[] values(Series one, int epoch) {
    return one.setting().runs().stream()
        .flatMap(run -> run.epochs().stream())
        .filter(e -> e.epoch() == epoch)
        .mapToDouble(value)
        .filter(Double::isFinite)
        .toArray();
  }

  private double[] point(int epoch, double number) {
    return new double[] {x.at(epoch), Double.isFinite(number) ? y.at(number) : Double.NaN};
  }

  private static double mean(double[] values) {
    return DoubleStream.of(values).average().orElse(Double.NaN);
  }
}
