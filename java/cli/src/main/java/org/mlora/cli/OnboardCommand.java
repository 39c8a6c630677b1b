package org.mlora.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Dataset;
import org.mlora.data.store.FolderTree;
import org.mlora.serve.MloraModel;
import org.mlora.train.FurtherTraining;
import org.mlora.train.Onboarding;
import org.mlora.train.OnboardingReport;
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
      "  mlora prepare csv --like runs/shops --input toys.csv --out data/toys",
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

  @Mixin ModelFolder model;

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

  @Mixin FurtherTrainingFlags training;

  OnboardCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    NewFolder.require(out);
    TrainingConfig config = training.over(FurtherTraining.configOf(model.path));
    try (Dataset dataset = Dataset.open(data);
        Backend backend = device.open(context.terminal(), output);
        StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      Optional<Effort> effort = train(config, dataset, backend, status);
      status.close();
      if (effort.isEmpty()) {
        context
            .terminal()
            .tell("mlora: interrupted; " + model.path + " is as it was, nothing was kept");
        return ExitCode.INTERRUPTED;
      }
      context.interruption().needs(Interruption.Ending.NONE);
      output.print(
          context.terminal(), new OnboardingView(report(dataset, backend), effort.get(), out));
    }
    return ExitCode.DONE;
  }

  private Optional<Effort> train(
      TrainingConfig config, Dataset dataset, Backend backend, StatusLine status) {
    TrainingProgress progress = new TrainingProgress(status, "", config.earlyStop());
    Onboarding onboarding = new Onboarding(config, backend, progress);
    context.interruption().saveBy(onboarding::stop);
    try (TrainingResult result = onboarding.run(model.path, dataset, domain, out)) {
      return result.stopped() ? Optional.empty() : Optional.of(Effort.of(result));
    }
  }

  /** Both models as they are on the disk. */
  private OnboardingReport report(Dataset dataset, Backend backend) {
    try (MloraModel before = MloraModel.open(model.path, backend);
        MloraModel after = MloraModel.open(out, backend)) {
      OnboardingReport report = OnboardingReport.of(before, after, dataset, domain);
      report
          .preservation()
          .difference()
          .ifPresent(
              what -> {
                FolderTree.delete(out);
                throw new IllegalStateException(
                    "onboarding changed " + what + ", so " + out + " was not kept");
              });
      return report;
    }
  }
}
