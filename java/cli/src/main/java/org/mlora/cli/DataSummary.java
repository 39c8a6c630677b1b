package org.mlora.cli;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.synthetic.SyntheticClicks;
import org.mlora.metric.Evaluation;
import org.mlora.report.ReportData;

/**
 * Rows and positives of a data set.
 *
 * @param rows by split and domain; the last entry of a split counts rows of unknown domain
 * @param positives of those
 */
record DataSummary(Dataset data, Map<Split, long[]> rows, Map<Split, long[]> positives) {
  static DataSummary of(Dataset data) {
    Map<Split, long[]> rows = new HashMap<>();
    Map<Split, long[]> positives = new HashMap<>();
    int domains = data.schema().domains().size();
    for (Split split : Split.values()) {
      Columns columns = data.columns(split);
      IntBuffer ids = columns.domains();
      FloatBuffer labels = columns.labels();
      long[] n = new long[domains + 1];
      long[] clicked = new long[domains + 1];
      for (int row = 0; row < columns.rows(); row++) {
        int domain = ids.get(row) < 0 ? domains : ids.get(row);
        n[domain]++;
        clicked[domain] += labels.get(row) > 0.5f ? 1 : 0;
      }
      rows.put(split, n);
      positives.put(split, clicked);
    }
    return new DataSummary(data, rows, positives);
  }

  long rows(Split split, int domain) {
    return rows.getOrDefault(split, new long[0])[domain];
  }

  long rows(int domain) {
    return sum(rows, domain);
  }

  long positives(int domain) {
    return sum(positives, domain);
  }

  long rows(Split split) {
    return total(rows, split);
  }

  long positives(Split split) {
    return total(positives, split);
  }

  private static long sum(Map<Split, long[]> counts, int domain) {
    return counts.values().stream().mapToLong(of -> of[domain]).sum();
  }

  private static long total(Map<Split, long[]> counts, Split split) {
    long sum = 0;
    for (long count : counts.getOrDefault(split, new long[0])) {
      sum += count;
    }
    return sum;
  }

  /** What a report says about the data, with the best possible AUC where it is known. */
  ReportData.Data forReport() {
    List<ReportData.Part> parts = new ArrayList<>();
    for (Split split : Split.values()) {
      parts.add(new ReportData.Part(split.label(), rows(split), positives(split)));
    }
    Map<String, Double> best = new HashMap<>();
    SyntheticClicks.bestPossible(data)
        .ifPresent(
            evaluation -> {
              for (Evaluation.Domain domain : evaluation.domains()) {
                best.put(domain.domain(), domain.auc());
              }
            });
    List<ReportData.Domain> domains = new ArrayList<>();
    List<String> names = data.schema().domains();
    for (int d = 0; d < names.size(); d++) {
      double auc = best.getOrDefault(names.get(d), Double.NaN);
      domains.add(
          new ReportData.Domain(
              names.get(d),
              rows(d),
              positives(d),
              Double.isNaN(auc) ? OptionalDouble.empty() : OptionalDouble.of(auc)));
    }
    return new ReportData.Data(
        name(data.folder()),
        data.schema().labelRule(),
        data.schema().weight(),
        data.schema().domain(),
        parts,
        domains);
  }

  /** Name of a folder, also of {@code .}, and of the root one that can name a folder below. */
  static String name(Path folder) {
    Path last = folder.toAbsolutePath().normalize().getFileName();
    return last == null ? "data" : last.toString();
  }
}
