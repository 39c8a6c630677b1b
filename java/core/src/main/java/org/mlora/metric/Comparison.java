package org.mlora.metric;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs of several adapter settings with the same seeds.
 *
 * @param runs in any order; a setting has at most one run a seed
 */
public record Comparison(List<Run> runs) {
  public Comparison {
    runs = List.copyOf(runs);
  }

  /**
   * One training with its test result.
   *
   * @param adapter name of the setting, {@code none} or {@code mlora}
   * @param epochs epochs trained
   * @param seconds of training
   * @param samplesPerSecond training rows a second
   */
  public record Run(
      String adapter,
      long seed,
      int epochs,
      double seconds,
      double samplesPerSecond,
      Evaluation test) {}

  /** Names of the settings, in order of appearance; the first is the control. */
  public List<String> adapters() {
    return runs.stream().map(Run::adapter).distinct().toList();
  }

  /** The setting's runs by ascending seed. */
  public List<Run> runsOf(String adapter) {
    return runs.stream()
        .filter(run -> run.adapter().equals(adapter))
        .sorted(Comparator.comparingLong(Run::seed))
        .toList();
  }

  /** The metric over the setting's seeds. */
  public Summary summary(String adapter, Metric metric) {
    return Summary.of(runsOf(adapter).stream().mapToDouble(run -> metric.of(run.test())).toArray());
  }

  /** The last setting minus the first, over the seeds that both have; empty with one setting. */
  public Map<Metric, PairedDifference> difference() {
    List<String> adapters = adapters();
    return adapters.size() < 2
        ? Map.of()
        : difference(adapters.get(0), adapters.get(adapters.size() - 1));
  }

  /** {@code treated} minus {@code control}, over the seeds that both have. */
  public Map<Metric, PairedDifference> difference(String control, String treated) {
    List<Run> before = new ArrayList<>();
    List<Run> after = new ArrayList<>();
    for (Run run : runsOf(control)) {
      Optional<Run> partner =
          runsOf(treated).stream().filter(other -> other.seed() == run.seed()).findFirst();
      if (partner.isPresent()) {
        before.add(run);
        after.add(partner.get());
      }
    }
    Map<Metric, PairedDifference> differences = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.values()) {
      differences.put(metric, PairedDifference.of(values(before, metric), values(after, metric)));
    }
    return differences;
  }

  private static double[] values(List<Run> runs, Metric metric) {
    return runs.stream().mapToDouble(run -> metric.of(run.test())).toArray();
  }
}
