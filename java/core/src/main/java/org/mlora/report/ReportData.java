package org.mlora.report;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.mlora.metric.Calibration;
import org.mlora.metric.Comparison;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Metric;

/**
 * What a {@link Report} shows. Numbers that are unknown or undefined are NaN.
 *
 * @param title one line, for example {@code MLoRA on MovieLens 1M by gender}
 * @param subtitle one line below it, may be empty
 * @param settings adapter settings, the control first; at least one
 * @param configuration flags and their values, in the order shown
 */
public record ReportData(
    String title,
    String subtitle,
    Data data,
    List<Setting> settings,
    List<Map.Entry<String, String>> configuration) {
  /** Copies the lists. */
  public ReportData {
    settings = List.copyOf(settings);
    configuration = List.copyOf(configuration);
  }

  /**
   * The data set.
   *
   * @param name for people, for example the name of its folder
   * @param labelRule how the label was made, for example {@code rating>=4}
   * @param weightColumn says how much each row counts, where there is one
   * @param domainColumn what the domains are
   * @param domains in any order
   */
  public record Data(
      String name,
      String labelRule,
      Optional<String> weightColumn,
      String domainColumn,
      List<Part> parts,
      List<Domain> domains) {
    /** Copies the lists. */
    public Data {
      parts = List.copyOf(parts);
      domains = List.copyOf(domains);
    }
  }

  /** Rows of a split, and those with label 1. */
  public record Part(String split, long rows, long positives) {}

  /**
   * A domain over all splits.
   *
   * @param name as in {@link Evaluation.Domain}
   * @param bestAuc the AUC of the true probabilities, where the data is generated and it is known
   */
  public record Domain(String name, long rows, long positives, OptionalDouble bestAuc) {
    /** A domain of real data. */
    public Domain(String name, long rows, long positives) {
      this(name, rows, positives, OptionalDouble.empty());
    }
  }

  /**
   * One way of training.
   *
   * @param name {@code none}, {@code mlora}, ...
   * @param runs one for each seed
   */
  public record Setting(String name, List<Run> runs) {
    /** Copies the list. */
    public Setting {
      runs = List.copyOf(runs);
    }

    /** Its runs as a comparison of this setting alone, which knows means. */
    public Comparison comparison() {
      return new Comparison(
          runs.stream()
              .map(
                  run ->
                      new Comparison.Run(
                          name,
                          run.seed(),
                          run.epochs().size(),
                          run.seconds(),
                          run.samplesPerSecond(),
                          run.validation(),
                          run.test()))
              .toList());
    }
  }

  /**
   * One training with its test result.
   *
   * @param epochs may be empty, when only a test result is shown
   * @param bestEpoch the {@link Epoch#epoch} whose weights were kept
   * @param seconds of training
   * @param samplesPerSecond training rows a second
   * @param stop the metric that ended the training, which validation results are of
   * @param validation see {@link Comparison.Run#validation}
   */
  public record Run(
      long seed,
      List<Epoch> epochs,
      int bestEpoch,
      double seconds,
      double samplesPerSecond,
      Metric stop,
      double validation,
      Evaluation test,
      Calibration calibration) {
    /** Copies the list. */
    public Run {
      epochs = List.copyOf(epochs);
    }

    /** Those of a phase, by its name. */
    List<Epoch> epochs(String phase) {
      return epochs.stream().filter(epoch -> epoch.phase.equals(phase)).toList();
    }

    /** The phase whose weights were kept; empty where no epoch is known. */
    public Optional<String> bestPhase() {
      return epochs.stream()
          .filter(epoch -> epoch.epoch == bestEpoch)
          .map(Epoch::phase)
          .findFirst();
    }

    /** Whether validation was to choose between a network without adapters and one with them. */
    boolean choosesAdapters() {
      return !epochs(Epoch.CONTROL).isEmpty();
    }

    /** Whether the weights that were kept are those of a phase with adapters. */
    boolean keepsAdapters() {
      return !bestPhase().equals(Optional.of(Epoch.CONTROL));
    }
  }

  /**
   * One pass over the training rows.
   *
   * @param epoch counts on through all phases of a run
   * @param phase {@code joint}, {@code control}, {@code pretrain}, ...
   * @param validation the metric that ends the training, on validation rows
   */
  public record Epoch(int epoch, String phase, double trainLoss, double validation) {
    /** With adapters, where {@link #CONTROL} is without. */
    static final String JOINT = "joint";

    /** Without adapters, for validation to choose. */
    static final String CONTROL = "control";

    /** One expert, on rows of its domains alone. */
    private static final String SPECIALIZE = "specialize";

    /** Whether it trained on all rows and its results are of all; others compare with no epoch. */
    boolean ofAllRows() {
      return !phase.equals(SPECIALIZE);
    }
  }

  /** The same runs as a comparison. */
  public Comparison comparison() {
    return new Comparison(
        settings.stream().flatMap(setting -> setting.comparison().runs().stream()).toList());
  }
}
