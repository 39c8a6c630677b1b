package org.mlora.cli;

import java.util.Optional;
import org.mlora.metric.Metric;
import org.mlora.train.Optimizer;
import org.mlora.train.TrainingConfig;
import picocli.CommandLine.Option;

/** How a trained model is trained further, where not as before. */
final class FurtherTrainingFlags {
  @Option(
      names = "--lr",
      converter = FlagTypes.PositiveNumber.class,
      paramLabel = "RATE",
      description = "Learning rate (default: that of RUN, as all that follow).")
  Optional<Double> lr;

  @Option(
      names = "--adapter-lr",
      converter = FlagTypes.PositiveNumber.class,
      paramLabel = "RATE",
      description = "Learning rate of adapters; --lr is then that of all else that is trained.")
  Optional<Double> adapterLr;

  @Option(
      names = "--batch",
      converter = FlagTypes.Count.class,
      paramLabel = "ROWS",
      description = "Rows of a step.")
  Optional<Integer> batch;

  @Option(
      names = "--epochs",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description = "Most epochs.")
  Optional<Integer> epochs;

  @Option(
      names = "--patience",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description = "Epochs without a better validation result before it ends.")
  Optional<Integer> patience;

  @Option(
      names = "--early-stop",
      paramLabel = "METRIC",
      converter = Words.OfMetric.class,
      description =
          "What the validation result is: mean-auc, wauc (of one domain the same), log-loss or ece.")
  Optional<Metric> earlyStop;

  @Option(
      names = "--seed",
      converter = FlagTypes.Seed.class,
      paramLabel = "N",
      description = "Seed of what is drawn for new domains and ids, row order and dropout.")
  Optional<Long> seed;

  /** A configuration with what was given. */
  TrainingConfig over(TrainingConfig config) {
    Optimizer optimizer = lr.map(config.optimizer()::withLearningRate).orElse(config.optimizer());
    double scale =
        adapterLr.map(rate -> rate / optimizer.learningRate()).orElse(config.adapterRateScale());
    return config
        .withOptimizer(optimizer)
        .withAdapterRateScale(scale)
        .withBatch(batch.orElse(config.batch()))
        .withMaxEpochs(epochs.orElse(config.maxEpochs()))
        .withPatience(patience.orElse(config.patience()))
        .withEarlyStop(earlyStop.orElse(config.earlyStop()))
        .withSeed(seed.orElse(config.seed()));
  }
}
