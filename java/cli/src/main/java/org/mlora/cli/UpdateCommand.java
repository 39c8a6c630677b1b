package org.mlora.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.checkpoint.RunFolder;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.serve.MloraModel;
import org.mlora.train.ModelUpdate;
import org.mlora.train.RunConfig;
import org.mlora.train.TrainingConfig;
import org.mlora.train.TrainingResult;
import org.mlora.train.UpdateReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mlora update}. */
@Command(
    name = "update",
    description = {
      "Goes on training a model with new rows, such as those of the next day.",
      "All parameters are trained. Domains and ids that the model does not know are added to it. The"
          + " model that it starts from has to be beaten on validation rows of the new data; where no"
          + " epoch does, its weights are kept. Ctrl-C stops after the current step; the update can"
          + " then be resumed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora prepare csv --like runs/monday --input tuesday.csv --split 90/10/0 --out data/tuesday",
      "  mlora update --model runs/monday --data data/tuesday --out runs/tuesday",
      "  mlora update --model runs/monday --data data/tuesday --lr 3e-4 --epochs 1 --out runs/tuesday"
    })
final class UpdateCommand implements Callable<Integer> {
  private final Context context;

  @Spec CommandSpec command;
  @Mixin OutputFlags output;
  @Mixin DeviceFlags device;

  @Mixin ModelFolder model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "A prepared data set of new rows, with the fields of the model.")
  Path data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "RUN2",
      converter = FlagTypes.File.class,
      description = "Folder of the updated model; RUN stays as it is.")
  Path out;

  @Option(names = "--resume", description = "Go on with the update in --out.")
  boolean resume;

  @Mixin FurtherTrainingFlags training;

  UpdateCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (resume && !Files.isDirectory(out)) {
      throw new InvalidInputException(
          "--out " + out + ": no such folder; there is no update to resume, leave --resume out");
    }
    TrainingConfig config = config();
    try (Dataset dataset = Dataset.open(data);
        Backend backend = device.open(context.terminal(), output);
        StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      Optional<Effort> effort = train(config, dataset, backend, status);
      status.close();
      if (effort.isEmpty()) {
        context.terminal().tell("mlora: interrupted; checkpoint: " + out.resolve(RunFolder.LAST));
        context.terminal().tell("resume with: " + GivenFlags.again(command, "--resume"));
        return ExitCode.INTERRUPTED;
      }
      context.interruption().needs(Interruption.Ending.NONE);
      output.print(context.terminal(), new UpdateView(report(dataset, backend), effort.get(), out));
    }
    return ExitCode.DONE;
  }

  private TrainingConfig config() {
    if (resume && !GivenFlags.anyOf(command, "--model", "--data", "--out")) {
      return RunConfig.read(out).config();
    }
    return training.over(ModelUpdate.defaults(model.path));
  }

  private Optional<Effort> train(
      TrainingConfig config, Dataset dataset, Backend backend, StatusLine status) {
    TrainingProgress progress = new TrainingProgress(status, "", config.earlyStop());
    ModelUpdate update = new ModelUpdate(config, backend, progress);
    context.interruption().saveBy(update::stop);
    try (TrainingResult result =
        resume ? update.resume(model.path, dataset, out) : update.run(model.path, dataset, out)) {
      return result.stopped() ? Optional.empty() : Optional.of(Effort.of(result));
    }
  }

  /** Both models as they are on the disk. */
  private UpdateReport report(Dataset dataset, Backend backend) {
    try (MloraModel before = MloraModel.open(model.path, backend);
        MloraModel after = MloraModel.open(out, backend)) {
      return UpdateReport.of(before, after, dataset);
    }
  }
}
