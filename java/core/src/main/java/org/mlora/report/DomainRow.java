package org.mlora.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Summary;

/**
 * What charts and tables say of one domain.
 *
 * @param rows over all splits
 * @param best AUC of the true probabilities; NaN where it is not known
 * @param aucs test AUC over the seeds, one for each setting
 */
record DomainRow(String name, long rows, long positives, double best, List<Summary> aucs) {
  DomainRow {
    aucs = List.copyOf(aucs);
  }

  /** All domains, the largest first. */
  static List<DomainRow> of(ReportData data) {
    Map<String, ReportData.Domain> domains = new LinkedHashMap<>();
    data.data().domains().forEach(domain -> domains.put(domain.name(), domain));
    List<Map<String, List<Double>>> aucs = new ArrayList<>();
    for (ReportData.Setting setting : data.settings()) {
      Map<String, List<Double>> ofSetting = new HashMap<>();
      for (ReportData.Run run : setting.runs()) {
        for (Evaluation.Domain domain : run.test().domains()) {
          ofSetting.computeIfAbsent(domain.domain(), name -> new ArrayList<>()).add(domain.auc());
          domains.computeIfAbsent(
              domain.domain(),
              name -> new ReportData.Domain(name, domain.rows(), domain.positives()));
        }
      }
      aucs.add(ofSetting);
    }
    return domains.values().stream()
        .map(domain -> row(domain, aucs))
        .sorted(Comparator.comparingLong((DomainRow row) -> -row.rows()).thenComparing(r -> r.name))
        .toList();
  }

  private static DomainRow row(ReportData.Domain domain, List<Map<String, List<Double>>> aucs) {
    return new DomainRow(
        domain.name(),
        domain.rows(),
        domain.positives(),
        domain.bestAuc().orElse(Double.NaN),
        aucs.stream()
            .map(
                ofSetting ->
                    Summary.of(
                        ofSetting.getOrDefault(domain.name(), List.of()).stream()
                            .mapToDouble(Double::doubleValue)
                            .toArray()))
            .toList());
  }

  /** Several domains as one: sums of rows, and means weighted by rows. */
  static DomainRow together(String name, List<DomainRow> rows) {
    int settings = rows.get(0).aucs.size();
    List<Summary> aucs = new ArrayList<>();
    for (int i = 0; i < settings; i++) {
      int setting = i;
      double mean = weightedMean(rows, row -> row.aucs.get(setting).mean());
      aucs.add(new Summary(rows.size(), mean, Double.NaN));
    }
    return new DomainRow(
        name,
        rows.stream().mapToLong(DomainRow::rows).sum(),
        rows.stream().mapToLong(DomainRow::positives).sum(),
        weightedMean(rows, DomainRow::best),
        aucs);
  }

  private static double weightedMean(List<DomainRow> rows, ToDoubleFunction<DomainRow> value) {
    double sum = 0;
    double weight = 0;
    for (DomainRow row : rows) {
      if (!Double.isNaN(value.applyAsDouble(row))) {
        sum += row.rows * value.applyAsDouble(row);
        weight += row.rows;
      }
    }
    return weight > 0 ? sum / weight : Double.NaN;
  }

  /** The largest domains, and where there are more, the others as one row. */
  static List<DomainRow> largest(List<DomainRow> rows, int count) {
    if (rows.size() <= count + 1) {
      return rows;
    }
    List<DomainRow> shown = new ArrayList<>(rows.subList(0, count));
    List<DomainRow> others = rows.subList(count, rows.size());
    shown.add(together("the " + NumberText.count(others.size()) + " other domains", others));
    return shown;
  }

  /** Mean AUC of the last setting minus that of the control; NaN with one setting. */
  double gain() {
    return aucs.size() < 2 ? Double.NaN : aucs.get(aucs.size() - 1).mean() - aucs.get(0).mean();
  }

  double baseRate() {
    return rows == 0 ? Double.NaN : (double) positives / rows;
  }
}
