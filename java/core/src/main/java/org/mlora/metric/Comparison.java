package org.mlora.metric;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.mlora.data.Split;

/**
 * Runs of several adapter settings with the same seeds.
 *
 * @param runs in any order; a setting has at most one run a seed
 */
public record Comparison(List<Run> runs) {
  /** Copies the list. */
  public Comparison {
    runs = List.copyOf(runs);
  }

  /**
   * The rows that results are of: {@code test}, or {@code validation} where there are no others.
   * {@code test} where no run has ended.
   */
  public String split() {
    return runs.isEmpty() ? Split.TEST.label() : runs.get(0).test().split();
  }

  /**
   * One training with its test result.
   *
   * @param adapter name of the setting, {@code none} or {@code mlora}
   * @param epochs epochs trained
   * @param seconds of training
   * @param samplesPerSecond training rows a second
   * @param validation the best result on validation rows, by the metric that ended the training;
   *     NaN where it is not known
   */
  public record Run(
      String adapter,
      long seed,
      int epochs,
      double seconds,
      double samplesPerSecond,
      double validation,
      Evaluation test) {
    /** A run of which only the test result is known. */
    public Run(
        String adapter,
        long seed,
        int epochs,
        double seconds,
        double samplesPerSecond,
        Evaluation test) {
      this(adapter, seed, epochs, seconds, samplesPerSecond, Double.NaN, test);
    }

    private Run as(String adapter) {
      return new Run(adapter, seed, epochs, seconds, samplesPerSecond, validation, test);
    }
  }

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

  /**
   * The setting of each seed, ascending, whose validation result is the best; of equals the first.
   *
   * @param stop the metric that ended trainings, which validation results are of
   */
  public List<String> chosen(Metric stop) {
    return chosenRuns(stop).stream().map(Run::adapter).toList();
  }

  /** The first setting beside what validation chooses for each seed, a setting {@code name}. */
  public Comparison withChosen(String name, Metric stop) {
    return new Comparison(
        Stream.concat(
                runsOf(adapters().get(0)).stream(),
                chosenRuns(stop).stream().map(run -> run.as(name)))
            .toList());
  }

  private List<Run> chosenRuns(Metric stop) {
    Map<Long, Run> best = new TreeMap<>();
    for (Run run : runs) {
      best.merge(
          run.seed(),
          run,
          (one, other) -> stop.isBetter(other.validation(), one.validation()) ? other : one);
    }
    return List.copyOf(best.values());
  }

  /** The last setting minus the first, over the seeds that both have; empty with one setting. */
  public Map<Metric, PairedDifference> difference() {
    List<String> adapters = adapters();
    return adapters.size() < 2
        ? Map.of()
        : difference(adapters.get(0), adapters.get(adapters.size() - 1));
  }

  /**
   * Every setting but the first minus the first, by its name, in order of appearance; empty with
   * one setting, or none.
   */
  public Map<String, Map<Metric, PairedDifference>> differences() {
    List<String> adapters = adapters();
    Map<String, Map<Metric, PairedDifference>> differences = new LinkedHashMap<>();
    adapters.stream()
        .skip(1)
        .forEach(treated -> differences.put(treated, difference(adapters.get(0), treated)));
    return differences;
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

  /**
   * The mean over several comparisons of last minus first setting, paired by the seeds that all of
   * them have: what adapters give on average over models.
   *
   * @param comparisons at least one, each of two or more settings
   */
  public static PairedDifference meanDifference(List<Comparison> comparisons, Metric metric) {
    List<Long> seeds =
        comparisons.get(0).runs().stream()
            .map(Run::seed)
            .distinct()
            .sorted()
            .filter(seed -> comparisons.stream().allMatch(c -> c.hasBoth(seed)))
            .toList();
    double[] before = new double[seeds.size()];
    double[] after = new double[seeds.size()];
    for (int i = 0; i < before.length; i++) {
      for (Comparison comparison : comparisons) {
        before[i] += comparison.value(0, seeds.get(i), metric) / comparisons.size();
        after[i] +=
            comparison.value(comparison.adapters().size() - 1, seeds.get(i), metric)
                / comparisons.size();
      }
    }
    return PairedDifference.of(before, after);
  }

  private boolean hasBoth(long seed) {
    List<String> names = adapters();
    return names.size() > 1
        && List.of(names.get(0), names.get(names.size() - 1)).stream()
            .allMatch(name -> runsOf(name).stream().anyMatch(run -> run.seed() == seed));
  }

  private double value(int setting, long seed, Metric metric) {
    return runsOf(adapters().get(setting)).stream()
        .filter(run -> run.seed() == seed)
        .mapToDouble(run -> metric.of(run.test()))
        .sum();
  }

  private static double[] values(List<Run> runs, Metric metric) {
    return runs.stream().mapToDouble(run -> metric.of(run.test())).toArray();
  }
}
