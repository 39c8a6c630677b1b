package org.mlora.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Metric;
import org.mlora.serve.MloraModel;
import org.mlora.train.Onboarding;
import org.mlora.train.OnboardingReport;
import org.mlora.train.Optimizer;
import org.mlora.train.TrainingConfig;
import org.mlora.train.TrainingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora onboard}. */
@Command(
    name = "onboard",
    description = {
      "Adds a domain to a trained model and leaves all others as they are.",
      "Only the domain's embedding and adapter are trained, on its own rows. All other parameters and"
          + " the predictions for all other domains stay the same to the bit, which is checked. Shows"
          + " what the domain gains over the answers that a model gives for domains it does not"
          + " know."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora onboard --model runs/shops --data data/toys --domain toys --out runs/shops-and-toys",
      "",
      "  To try it on a domain that you have, train without it first:",
      "  mlora prepare movielens --input ml-1m --domain age --out data/all",
      "  mlora prepare movielens --input ml-1m --domain age --exclude-domain 56 --out data/known",
      "  mlora train   --data data/known --out runs/known",
      "  mlora onboard --model runs/known --data data/all --domain 56 --out runs/grown"
    })
final class OnboardCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;
  @Mixin DeviceFlags device;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "RUN",
      converter = FlagTypes.File.class,
      description = "Folder of a run (its best model is taken) or of a saved model.")
  Path model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description =
          "A prepared data set with the fields of the model and rows of the new domain; those of"
              + " other domains only serve the check.")
  Path data;

  @Option(
      names = "--domain",
      required = true,
      paramLabel = "NAME",
      description = "The new domain, as the data set names it.")
  String domain;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "RUN2",
      converter = FlagTypes.File.class,
      description = "Folder of the model with the new domain; RUN stays as it is.")
  Path out;

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
      description = "Learning rate of the adapter; --lr is then that of the domain's embedding.")
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
      description = "What the validation result is: mean-auc, wauc (the same here) or log-loss.")
  Optional<Metric> earlyStop;

  @Option(
      names = "--seed",
      converter = FlagTypes.Seed.class,
      paramLabel = "N",
      description = "Seed of the new adapter, row order and dropout.")
  Optional<Long> seed;

  OnboardCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (Files.exists(out)) {
      throw new InvalidInputException("--out " + out + " exists already; choose another folder");
    }
    TrainingConfig config = config();
    try (Dataset dataset = Dataset.open(data);
        Backend backend = device.open(context.terminal(), output);
        StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      Optional<OnboardingView.Effort> effort = train(config, dataset, backend, status);
      status.close();
      if (effort.isEmpty()) {
        context.terminal().tell("mlora: interrupted; " + model + " is as it was, nothing was kept");
        return ExitCode.INTERRUPTED;
      }
      context.interruption().needs(Interruption.Ending.NONE);
      print(new OnboardingView(report(dataset, backend), effort.get(), out));
    }
    return ExitCode.DONE;
  }

  /** That of the model, with what was given. */
  private TrainingConfig config() {
    TrainingConfig config = Onboarding.configOf(model);
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

  private Optional<OnboardingView.Effort> train(
      TrainingConfig config, Dataset dataset, Backend backend, StatusLine status) {
    TrainingProgress progress = new TrainingProgress(status, "", config.earlyStop());
    Onboarding onboarding = new Onboarding(config, backend, progress);
    context.interruption().needs(Interruption.Ending.SAVE);
    context.interruption().stopBy(onboarding::stop);
    try (TrainingResult result = onboarding.run(model, dataset, domain, out)) {
      return result.stopped()
          ? Optional.empty()
          : Optional.of(
              new OnboardingView.Effort(
                  result.history().size(),
                  result.bestEpoch(),
                  result.seconds(),
                  result.samplesPerSecond()));
    }
  }

  /** Both models as they are on the disk. */
  private OnboardingReport report(Dataset dataset, Backend backend) {
    try (MloraModel before = MloraModel.open(model, backend);
        MloraModel after = MloraModel.open(out, backend)) {
      OnboardingReport report = OnboardingReport.of(before, after, dataset, domain);
      report
          .preservation()
          .difference()
          .ifPresent(
              what -> {
                throw new IllegalStateException(
                    "onboarding changed " + what + "; do not use " + out);
              });
      return report;
    }
  }

  private void print(OnboardingView view) {
    if (output.json) {
      context.terminal().print(view.json());
    } else {
      context.terminal().print(view.text(context.terminal().charset()));
    }
  }
}
