package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Dataset;
import org.mlora.data.store.FolderTree;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Comparison;
import org.mlora.metric.ComparisonJson;
import org.mlora.model.ModelSpec;
import org.mlora.report.ReportData;
import org.mlora.report.ResultText;
import org.mlora.train.ComparisonRunner;
import org.mlora.train.TrainingConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mlora compare}. */
@Command(
    name = "compare",
    description = {
      "Trains several adapter settings with the same seeds and tells whether they differ.",
      "Everything else is equal. Shown are means with their spread, and the paired difference of each"
          + " setting to the first with its 95 %% interval."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora compare --data data/ml-1m-gender --seeds 5",
      "  mlora compare --data data/epinions --adapters none,mlora --alpha 8 --adapter-l2 1e-4 \\",
      "      --seeds 5 --out runs/epinions-compared",
      "  mlora compare --data data/epinions --seeds 5 --json > epinions.json"
    })
final class CompareCommand implements Callable<Integer> {
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
      names = "--adapters",
      split = ",",
      hideParamSyntax = true,
      defaultValue = "none,mlora",
      paramLabel = "KIND,KIND",
      description =
          "What is compared, of none, mlora and moe-mlora, the control first (default:"
              + " ${DEFAULT-VALUE}).")
  List<AdapterName> adapters;

  @Mixin SeedFlags seeds;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "Keep every run, report.html and comparison.json here (default: keep nothing).")
  Optional<Path> out;

  @Option(names = "--resume", description = "Go on with the comparison in --out.")
  boolean resume;

  CompareCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    refuseOtherFolders();
    IdleFlags.refuse(command, training, adapters);
    try (Dataset dataset = Dataset.open(data);
        Backend backend = device.open(context.terminal(), output);
        StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      name.check(context, output, dataset, data, training.compat);
      Experiment experiment = new Experiment(context, dataset, backend, status);
      List<ComparisonRunner.Setting> settings = new ArrayList<>();
      for (AdapterName adapter : adapters) {
        ModelSpec spec = model.spec(name.known(), adapter);
        TrainingConfig config = training.side(seeds.seed, spec.adapter());
        experiment.check(spec, config);
        settings.add(new ComparisonRunner.Setting(adapter.label(), spec, config));
      }
      Optional<List<ReportData.Setting>> done = run(experiment, settings);
      status.close();
      if (done.isEmpty()) {
        return stopped();
      }
      print(report(dataset, done.get()));
    }
    return ExitCode.DONE;
  }

  private Optional<List<ReportData.Setting>> run(
      Experiment experiment, List<ComparisonRunner.Setting> settings) {
    try {
      return new PairedTrainings(experiment, out, resume).run(settings, seeds.all(), this::label);
    } finally {
      // A training that failed before its first epoch ended took its own folder away.
      out.filter(path -> Files.isDirectory(path) && FolderTree.isEmpty(path))
          .ifPresent(FolderTree::delete);
    }
  }

  private String label(ComparisonRunner.Setting setting, long itsSeed) {
    List<String> names = adapters.stream().map(AdapterName::label).toList();
    long number = (itsSeed - seeds.seed) * names.size() + names.indexOf(setting.name()) + 1;
    return setting.name()
        + ", seed "
        + itsSeed
        + " ("
        + number
        + "/"
        + (long) seeds.seeds * names.size()
        + ")";
  }

  private void refuseOtherFolders() {
    if (adapters.stream().distinct().count() < adapters.size()) {
      throw new InvalidInputException("--adapters names a setting twice; name each once");
    }
    if (resume && out.isEmpty()) {
      throw new InvalidInputException("--resume needs --out, the folder of the comparison");
    }
    if (!resume && out.isPresent() && Files.exists(out.get())) {
      throw new InvalidInputException(
          "--out " + out.get() + " exists already; choose another folder, or add --resume");
    }
  }

  private ReportData report(Dataset dataset, List<ReportData.Setting> settings) {
    ReportData.Data summary = DataSummary.of(dataset).forReport();
    return new ReportData(
        "MLoRA on " + summary.name(),
        "mlora compare, " + seeds.seeds + (seeds.seeds == 1 ? " seed" : " paired seeds"),
        summary,
        settings,
        GivenFlags.values(command));
  }

  private int stopped() {
    if (out.isPresent()) {
      context.terminal().tell("mlora: interrupted; checkpoints: " + out.get());
      context.terminal().tell("resume with: " + GivenFlags.again(command, "--resume"));
    } else {
      context.terminal().tell("mlora: interrupted; nothing was kept, because --out was not given");
    }
    return ExitCode.INTERRUPTED;
  }

  private void print(ReportData report) {
    ObjectNode json = ComparisonJson.toJson(report.comparison());
    Optional<ChosenSide> chosen = chosen(report.comparison());
    chosen.ifPresent(side -> json.set("chosen", side.json()));
    Optional<Path> page = out.map(path -> ComparisonFiles.write(report, json, path));
    if (output.json) {
      context.terminal().print(json);
      return;
    }
    Charset charset = context.terminal().charset();
    StringBuilder text = new StringBuilder();
    text.append(ResultText.domains(report).render(charset)).append('\n');
    text.append(ResultText.comparison(report.comparison()).render(charset)).append('\n');
    chosen.ifPresent(side -> text.append(side.text()).append('\n'));
    for (ReportData.Setting setting : report.settings()) {
      text.append(setting.name()).append(": ").append(ResultLines.cost(setting)).append('\n');
    }
    page.ifPresent(file -> text.append("report: ").append(file).append('\n'));
    context.terminal().print(text.toString());
  }

  /** What train would keep of each seed; empty where it would not choose between these sides. */
  private Optional<ChosenSide> chosen(Comparison comparison) {
    return adapters.equals(List.of(AdapterName.NONE, AdapterName.MLORA))
            && training.phases.isEmpty()
            && training.compat.isEmpty()
        ? Optional.of(new ChosenSide(comparison, training.earlyStop))
        : Optional.empty();
  }
}
