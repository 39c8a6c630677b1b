package org.mlora.cli;

import java.util.HashMap;
import java.util.Map;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.report.NumberText;
import org.mlora.report.ReportData;
import org.mlora.train.ComparisonRunner;

/**
 * How far a table of trainings has come. The time left is guessed from the seconds that runs took
 * for each training row, those of earlier sessions included.
 */
final class Pace {
  private final int total;
  private double rowsLeft;
  private double rowsDone;
  private double seconds;
  private int begun;

  /**
   * Begins.
   *
   * @param runs of each data set
   */
  Pace(NamedDatasets datasets, int runs) {
    this.total = runs * datasets.byName().size();
    Map<String, Double> rows = new HashMap<>();
    datasets.byName().forEach((name, data) -> rows.put(name, rows(data)));
    this.rowsLeft = runs * rows.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  private static double rows(Dataset data) {
    return data.columns(Split.TRAIN).rows();
  }

  /** Names the runs of one model on one data set, and counts them. */
  PairedTrainings.Observer observer(String model, String name, Dataset data) {
    return new PairedTrainings.Observer() {
      @Override
      public String name(ComparisonRunner.Setting setting, long seed) {
        begun++;
        return "%d/%d%s  %s, %s, %s, seed %d"
            .formatted(begun, total, left(), name, model, setting.name(), seed);
      }

      @Override
      public void ended(ReportData.Run run) {
        rowsLeft -= rows(data);
        rowsDone += rows(data);
        seconds += run.seconds();
      }
    };
  }

  private String left() {
    return rowsDone > 0
        ? ", about " + NumberText.duration(seconds / rowsDone * rowsLeft) + " left"
        : "";
  }
}
