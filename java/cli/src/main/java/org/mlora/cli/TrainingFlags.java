package org.mlora.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.mlora.calibration.CalibrationScope;
import org.mlora.data.EnumLabel;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Metric;
import org.mlora.model.AdapterSpec;
import org.mlora.train.Batching;
import org.mlora.train.Optimizer;
import org.mlora.train.Phases;
import org.mlora.train.Regularization;
import org.mlora.train.TrainingConfig;
import picocli.CommandLine.Option;

/** Flags that say how it is trained. */
final class TrainingFlags {
  /** What {@code --optimizer} may be. */
  enum Method {
    ADAM,
    ADAGRAD,
    ROW_WISE_ADAGRAD,
    SGD
  }

  @Option(
      names = "--batching",
      defaultValue = "mixed",
      paramLabel = "HOW",
      description =
          "mixed: batches of all domains; single-domain: one domain a batch, as the paper"
              + " (default: ${DEFAULT-VALUE}).",
      order = 30)
  Batching batching;

  @Option(
      names = "--phases",
      paramLabel = "HOW",
      description = {
        "control-joint: the network without adapters, then all at once from the start again, of"
            + " which validation keeps the better; joint: all at once; pretrain-finetune: the"
            + " network, then the adapters alone; pretrain-specialize-gate: the network, then each"
            + " expert of moe-mlora on its domain, then their gate (default: control-joint; joint in"
            + " compare, tune, reproduce and with --compat rollback; pretrain-specialize-gate with moe-mlora)."
      },
      order = 31)
  Optional<Phases> phases;

  @Option(
      names = "--batch",
      defaultValue = "1024",
      converter = FlagTypes.Count.class,
      paramLabel = "ROWS",
      description = "Rows of a step (default: ${DEFAULT-VALUE}).",
      order = 32)
  int batch;

  @Option(
      names = "--optimizer",
      defaultValue = "adam",
      paramLabel = "NAME",
      description =
          "adam, adagrad, row-wise-adagrad (one sum for a row of a table, one for any other tensor or"
              + " domain's part) or sgd (default: ${DEFAULT-VALUE}).",
      order = 33)
  Method optimizer;

  @Option(
      names = "--lr",
      defaultValue = "1e-3",
      converter = FlagTypes.PositiveNumber.class,
      paramLabel = "RATE",
      description = "Learning rate (default: ${DEFAULT-VALUE}).",
      order = 34)
  double lr;

  @Option(
      names = "--outer-lr",
      defaultValue = "1",
      converter = FlagTypes.PositiveNumber.class,
      paramLabel = "RATE",
      description =
          "Domain negotiation of MAMDR, with --batching single-domain: after an epoch the weights go"
              + " this part of the way, above 0 and at most 1, 0.1 in the paper (default: 1, all of it).",
      order = 35)
  double outerLr;

  @Option(
      names = "--dr-domains",
      defaultValue = "0",
      converter = FlagTypes.CountOrZero.class,
      paramLabel = "N",
      description =
          "Domain regularization of MAMDR: an epoch trains what domains share, then what each has of"
              + " its own on the rows of N other domains and its own; with --phases joint or"
              + " control-joint (default: 0, no regularization).",
      order = 35)
  int drDomains;

  @Option(
      names = "--dr-lr",
      defaultValue = "0.1",
      converter = FlagTypes.PositiveNumber.class,
      paramLabel = "RATE",
      description =
          "The part of the way that what a domain has of its own then goes"
              + " (default: ${DEFAULT-VALUE}).",
      order = 35)
  double drLr;

  @Option(
      names = "--adapter-lr",
      converter = FlagTypes.PositiveNumber.class,
      paramLabel = "RATE",
      description = "Learning rate of the adapters (default: that of --lr).",
      order = 35)
  Optional<Double> adapterLr;

  @Option(
      names = "--adam-epsilon",
      defaultValue = "1e-8",
      converter = FlagTypes.PositiveNumber.class,
      paramLabel = "E",
      description = "Epsilon of Adam (default: ${DEFAULT-VALUE}).",
      order = 36)
  double adamEpsilon;

  @Option(
      names = "--adam-epsilon-rule",
      defaultValue = "tensorflow",
      paramLabel = "WHERE",
      description =
          "Epsilon is added as in TensorFlow 1 (the paper's) or as in pytorch"
              + " (default: ${DEFAULT-VALUE}).",
      order = 37)
  Optimizer.EpsilonRule adamEpsilonRule;

  @Option(
      names = "--lazy-adam",
      description =
          "Adam leaves embedding rows that a batch does not touch as they are (LazyAdam); without"
              + " it, their moments decay and they move, as in the paper.",
      order = 38)
  boolean lazyAdam;

  @Option(
      names = "--epochs",
      defaultValue = "99999",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description = "Most epochs of a phase (default: ${DEFAULT-VALUE}).",
      order = 39)
  int epochs;

  @Option(
      names = "--patience",
      defaultValue = "3",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description =
          "Epochs without a better validation result before a phase ends"
              + " (default: ${DEFAULT-VALUE}).",
      order = 40)
  int patience;

  @Option(
      names = "--early-stop",
      defaultValue = "wauc",
      paramLabel = "METRIC",
      converter = Words.OfMetric.class,
      description =
          "What the validation result is: mean-auc, wauc, log-loss or ece"
              + " (default: ${DEFAULT-VALUE}).",
      order = 41)
  Metric earlyStop;

  @Option(
      names = "--calibration",
      defaultValue = "by-domain",
      paramLabel = "SCOPE",
      description =
          "How predictions are fitted to the rates of validation rows at the end: by-domain (a line"
              + " on the logit of each domain, which leaves its AUC as it is), global (one for all) or"
              + " none (default: ${DEFAULT-VALUE}).",
      order = 41)
  CalibrationScope calibration;

  @Option(
      names = "--checkpoint-every",
      defaultValue = "5m",
      paramLabel = "TIME",
      converter = FlagTypes.Time.class,
      description =
          "Time between checkpoints inside an epoch, such as 30s, 5m or 1h; 0: after epochs only"
              + " (default: ${DEFAULT-VALUE}).",
      order = 42)
  Duration checkpointEvery;

  @Option(
      names = "--checkpoint-steps",
      defaultValue = "0",
      converter = FlagTypes.CountOrZero.class,
      paramLabel = "N",
      description = "Steps between checkpoints inside an epoch; 0: by time (default: 0).",
      order = 43)
  int checkpointSteps;

  @Option(
      names = "--compat",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "QUIRK",
      description = {
        "Quirks of the published code: rollback (weights go back to the best after an epoch that is"
            + " not), zero-factors (A is zero when fine-tuning starts); with --reference-config also"
            + " model-names, embedding-start, linear-freezes and star-start."
      },
      order = 44)
  List<Quirk> compat = List.of();

  /** A training whose result is used. */
  TrainingConfig config(long seed, AdapterSpec adapter) {
    // Rolling back needs weights to go back to that are of the same phase.
    boolean chooses = !compat.contains(Quirk.ROLLBACK);
    return chooses ? config(seed, Phases.of(adapter)) : side(seed, adapter);
  }

  /** A training that is one side of a comparison, and so must not choose its side itself. */
  TrainingConfig side(long seed, AdapterSpec adapter) {
    return config(seed, Phases.of(adapter).withoutControl());
  }

  private TrainingConfig config(long seed, Phases usual) {
    return new TrainingConfig(
        batching,
        phases.orElse(usual),
        batch,
        method(),
        adapterLr.map(rate -> rate / lr).orElse(1.0),
        outerLr,
        drDomains == 0 ? Regularization.NONE : new Regularization(drDomains, drLr),
        epochs,
        patience,
        earlyStop,
        calibration,
        seed,
        checkpointEvery,
        checkpointSteps,
        new TrainingConfig.Compatibility(
            compat.contains(Quirk.ROLLBACK), compat.contains(Quirk.ZERO_FACTORS)));
  }

  private Optimizer method() {
    if (lazyAdam && optimizer != Method.ADAM) {
      throw new InvalidInputException(
          "--lazy-adam goes with --optimizer adam, not with " + EnumLabel.of(optimizer));
    }
    return switch (optimizer) {
      case ADAM ->
          new Optimizer.Adam(
              lr,
              0.9,
              0.999,
              adamEpsilon,
              adamEpsilonRule,
              lazyAdam ? Optimizer.UntouchedRows.STAY : Optimizer.UntouchedRows.MOVE);
      case ADAGRAD -> new Optimizer.Adagrad(lr, 1e-10, 0);
      case ROW_WISE_ADAGRAD -> new Optimizer.RowWiseAdagrad(lr, 1e-10, 0);
      case SGD -> new Optimizer.Sgd(lr);
    };
  }
}
