package org.mlora.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.checkpoint.RunFolder;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.report.Report;
import org.mlora.report.ReportData;
import org.mlora.train.RunConfig;
import org.mlora.train.TrainingConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mlora train}. */
@Command(
    name = "train",
    description = {
      "Trains a model on a prepared data set.",
      "The run folder holds the best model, the state to"
          + " resume from, the history and report.html. Ctrl-C stops after the current step; the run"
          + " can then be resumed and ends with the same bits as one that was not stopped."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora train --data data/ml-1m-gender --out runs/gender",
      "  mlora train --data data/ml-1m-gender --adapter none --out runs/gender-control",
      "  mlora train --data data/epinions --phases pretrain-finetune --adapter-lr 1e-2 \\",
      "      --seeds 5 --out runs/epinions",
      "  mlora train --data data/gender --reference-config config/Movielens/nfm_mlora.json \\",
      "      --out runs/nfm",
      "  mlora train --data data/ml-1m-gender --out runs/gender --resume"
    })
final class TrainCommand implements Callable<Integer> {
  private final Context context;

  @Spec CommandSpec command;
  @Mixin OutputFlags output;
  @Mixin ModelName name;
  @Mixin ModelFlags model;
  @Mixin TrainingFlags training;
  @Mixin DeviceFlags device;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "A prepared data set.")
  Path data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "RUN",
      converter = FlagTypes.File.class,
      description = "Folder of the run.")
  Path out;

  @Option(names = "--resume", description = "Go on with the run in --out.")
  boolean resume;

  @Option(
      names = "--seed",
      defaultValue = "1",
      converter = FlagTypes.Seed.class,
      paramLabel = "N",
      description = "Seed of initial values, row order and dropout (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--seeds",
      defaultValue = "1",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description =
          "Train N times, with --seed and the seeds after it, each below --out"
              + " (default: ${DEFAULT-VALUE}).")
  int seeds;

  @Option(
      names = "--adapter",
      defaultValue = "mlora",
      paramLabel = "KIND",
      description = "none, mlora or moe-mlora (default: ${DEFAULT-VALUE}).",
      order = 11)
  AdapterName adapter;

  TrainCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    SeedFlags.require(seed, seeds);
    refuseOtherFolders();
    IdleFlags.refuse(command, training, List.of(adapter));
    try (Dataset dataset = Dataset.open(data);
        Backend backend = device.open(context.terminal(), output);
        StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      name.check(context, output, dataset, data, training.compat);
      Experiment experiment = new Experiment(context, dataset, backend, status);
      List<ReportData.Run> runs = new ArrayList<>();
      AdapterName trained = adapter;
      for (int i = 0; i < seeds; i++) {
        Experiment.Plan plan = plan(dataset, seed + i);
        trained = AdapterName.of(plan.spec().adapter());
        Optional<ReportData.Run> run = experiment.run(plan);
        if (run.isEmpty()) {
          status.close();
          return stopped(plan);
        }
        runs.add(run.get());
      }
      status.close();
      finish(dataset, trained, runs);
    }
    return ExitCode.DONE;
  }

  /** Only a run of ours may be in the way, and only to resume it. */
  private void refuseOtherFolders() {
    if (resume && !Files.isDirectory(out)) {
      throw new InvalidInputException(
          "--out " + out + ": no such folder; there is no run to resume, leave --resume out");
    }
    if (!resume && seeds > 1 && Files.exists(out)) {
      throw new InvalidInputException(
          "--out " + out + " exists already; choose another folder, or add --resume");
    }
  }

  private Experiment.Plan plan(Dataset dataset, long itsSeed) {
    Path folder = seeds == 1 ? out : out.resolve("seed-" + itsSeed);
    String run = seeds == 1 ? "" : "seed " + itsSeed;
    ModelSpec spec = model.spec(name.known(), adapter);
    TrainingConfig config = training.config(itsSeed, spec.adapter());
    if (takesSettings()) {
      RunConfig started = RunConfig.read(folder);
      spec = started.spec();
      config = started.config();
      if (started.dataset().equals(dataset.checksum())) {
        requireNetwork(folder, spec, dataset);
      }
    }
    return new Experiment.Plan(run, spec, config, Optional.of(folder), resume);
  }

  /** What a run was started with makes a network, unless its file was changed. */
  private static void requireNetwork(Path folder, ModelSpec spec, Dataset dataset) {
    try {
      Models.build(spec, dataset.schema());
    } catch (InvalidInputException e) {
      throw e.in(folder.resolve(RunFolder.CONFIG).toString());
    }
  }

  /** Whether the run that is resumed says how it is trained; it is one run then, in --out. */
  private boolean takesSettings() {
    return resume && !GivenFlags.anyOf(command, "--data", "--out") && !RunFolder.isCutOff(out);
  }

  private int stopped(Experiment.Plan plan) {
    Path last = plan.folder().orElseThrow().resolve(RunFolder.LAST);
    context.terminal().tell("mlora: interrupted; checkpoint: " + last);
    context.terminal().tell("resume with: " + GivenFlags.again(command, "--resume"));
    return ExitCode.INTERRUPTED;
  }

  private void finish(Dataset dataset, AdapterName trained, List<ReportData.Run> runs) {
    ReportData.Setting setting = new ReportData.Setting(trained.label(), runs);
    ReportData report =
        new ReportData(
            trained.title(),
            "mlora train, "
                + (seeds == 1 ? "seed " + runs.get(0).seed() : seeds + " seeds from " + seed),
            DataSummary.of(dataset).forReport(),
            List.of(setting),
            takesSettings() ? RunConfig.read(out).settings() : GivenFlags.values(command));
    Path file = out.resolve(Report.NAME);
    Report.write(report, file);
    output.print(
        context.terminal(),
        () -> ResultJson.training(setting, out, file),
        () -> ResultLines.training(setting, context.terminal().charset(), out, file));
  }
}
