package org.mlora.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mlora.metric.Comparison;
import org.mlora.metric.Metric;

/**
 * The paper's table: models on data sets, each without and with adapters, paired by seed.
 *
 * @param subtitle one line below the title, may be empty
 * @param entries what is finished, data set by data set
 * @param stop the metric that ended trainings, which validation results are of
 * @param configuration flags and their values, in the order shown
 */
public record Reproduction(
    String title,
    String subtitle,
    List<Entry> entries,
    Metric stop,
    List<Map.Entry<String, String>> configuration) {
  /** Copies the lists. */
  public Reproduction {
    entries = List.copyOf(entries);
    configuration = List.copyOf(configuration);
  }

  /**
   * One model on one data set.
   *
   * @param data name of the data set
   * @param parameters trained without adapters
   * @param added parameters of the adapters
   * @param comparison of two settings, the control first
   */
  public record Entry(
      String data, String model, long parameters, long added, Comparison comparison) {
    /**
     * Checks the comparison.
     *
     * @throws IllegalArgumentException when it is not of two settings
     */
    public Entry {
      if (comparison.adapters().size() != 2) {
        throw new IllegalArgumentException(
            "a control and one other setting are compared, not " + comparison.adapters());
      }
    }

    private Entry with(Comparison other) {
      return new Entry(data, model, parameters, added, other);
    }
  }

  /** Names of the data sets, in order of appearance. */
  public List<String> dataSets() {
    return entries.stream().map(Entry::data).distinct().toList();
  }

  /**
   * The same with what validation chooses for each seed, which {@link
   * org.mlora.train.Phases#CONTROL_JOINT} keeps, in place of the other setting; empty where a
   * validation result is not known.
   */
  Optional<Reproduction> chosen() {
    if (entries.stream()
        .flatMap(entry -> entry.comparison().runs().stream())
        .anyMatch(run -> Double.isNaN(run.validation()))) {
      return Optional.empty();
    }
    List<Entry> its =
        entries.stream()
            .map(entry -> entry.with(entry.comparison().withChosen("chosen", stop)))
            .toList();
    return Optional.of(new Reproduction(title, subtitle, its, stop, configuration));
  }

  /** Rows of the table: those of each data set, and below several their mean. */
  List<ReproductionRow> rows() {
    List<ReproductionRow> rows = new ArrayList<>();
    dataSets().forEach(data -> rows.addAll(rows(data)));
    return rows;
  }

  /** The same of one data set. */
  List<ReproductionRow> rows(String data) {
    List<Entry> its = entries.stream().filter(entry -> entry.data().equals(data)).toList();
    List<ReproductionRow> rows = new ArrayList<>(its.stream().map(ReproductionRow::of).toList());
    if (its.size() > 1) {
      rows.add(ReproductionRow.mean(its));
    }
    return rows;
  }
}
