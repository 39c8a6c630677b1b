package org.mlora.report;

import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.mlora.metric.Comparison;
import org.mlora.metric.Metric;
import org.mlora.metric.PairedDifference;
import org.mlora.metric.Summary;

/**
 * A row of the paper's table.
 *
 * @param model the model, or what a mean is over
 * @param mean whether it is the mean of the rows above
 * @param seeds pairs of runs
 * @param control test WAUC without adapters over the seeds
 * @param treated the same with adapters
 * @param uplift treated minus control, paired by seed
 * @param secondsControl of a run, on average
 */
record ReproductionRow(
    String data,
    String model,
    boolean mean,
    int seeds,
    Summary control,
    Summary treated,
    PairedDifference uplift,
    long parameters,
    long added,
    double secondsControl,
    double secondsTreated) {
  static ReproductionRow of(Reproduction.Entry entry) {
    Comparison comparison = entry.comparison();
    PairedDifference uplift = Objects.requireNonNull(comparison.difference().get(Metric.WAUC));
    return new ReproductionRow(
        entry.data(),
        entry.model(),
        false,
        uplift.pairs(),
        comparison.summary(comparison.adapters().get(0), Metric.WAUC),
        comparison.summary(comparison.adapters().get(1), Metric.WAUC),
        uplift,
        entry.parameters(),
        entry.added(),
        seconds(comparison, 0),
        seconds(comparison, 1));
  }

  /** The mean over models, paired by seed. */
  static ReproductionRow mean(List<Reproduction.Entry> entries) {
    List<ReproductionRow> rows = entries.stream().map(ReproductionRow::of).toList();
    PairedDifference uplift =
        Comparison.meanDifference(
            entries.stream().map(Reproduction.Entry::comparison).toList(), Metric.WAUC);
    return new ReproductionRow(
        rows.get(0).data,
        "mean of " + rows.size() + " models",
        true,
        uplift.pairs(),
        new Summary(rows.size(), average(rows, row -> row.control.mean()), Double.NaN),
        new Summary(rows.size(), average(rows, row -> row.treated.mean()), Double.NaN),
        uplift,
        Math.round(average(rows, ReproductionRow::parameters)),
        Math.round(average(rows, ReproductionRow::added)),
        average(rows, ReproductionRow::secondsControl),
        average(rows, ReproductionRow::secondsTreated));
  }

  private static double average(
      List<ReproductionRow> rows, ToDoubleFunction<ReproductionRow> value) {
    return rows.stream().mapToDouble(value).average().orElse(Double.NaN);
  }

  private static double seconds(Comparison comparison, int setting) {
    return Summary.of(
            comparison.runsOf(comparison.adapters().get(setting)).stream()
                .mapToDouble(Comparison.Run::seconds)
                .toArray())
        .mean();
  }

  /** The interval of the uplift; a dash with one seed. */
  String interval() {
    return NumberText.interval(uplift);
  }

  /** What the adapters add to the parameters, and as a share. */
  String addedShare() {
    return NumberText.count(added) + " (" + share() + ")";
  }

  /** What the adapters add as a share of the other parameters. */
  String share() {
    return NumberText.percent((double) added / parameters, 1);
  }
}
