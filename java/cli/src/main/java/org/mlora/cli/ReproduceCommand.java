package org.mlora.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.FolderTree;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Models;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mlora reproduce}. */
@Command(
    name = "reproduce",
    description = {
      "Runs the paper's table: models on data sets, without and with adapters, paired by seed.",
      "Everything else is equal. The same command goes on with what is there: a finished run is not"
          + " trained again. table.md, table.csv and report.html grow with every model."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora reproduce --data data/ml-1m-gender,data/epinions --seeds 5 --out table",
      "  mlora reproduce --data data/epinions --models wdl,nfm --alpha 8 --out wide",
      "  mlora reproduce --data data/epinions --tune 16 --out tuned",
      "  mlora reproduce --data data/epinions --config recipe.json --out with-recipe"
    })
final class ReproduceCommand implements Callable<Integer> {
  private static final String ALL = "all";
  private static final List<String> PAPER =
      List.of("mlp", "wdl", "nfm", "autoint", "pnn", "deepfm", "dcn", "xdeepfm", "fibinet");

  private final Context context;

  @Spec CommandSpec command;
  @Mixin OutputFlags output;
  @Mixin ModelFlags model;
  @Mixin TrainingFlags training;
  @Mixin DeviceFlags device;

  @Option(
      names = "--data",
      required = true,
      split = ",",
      hideParamSyntax = true,
      paramLabel = "DIR,..",
      converter = FlagTypes.File.class,
      description = "Prepared data sets, named by their folders.")
  List<Path> data;

  @Option(
      names = "--models",
      split = ",",
      hideParamSyntax = true,
      defaultValue = ALL,
      paramLabel = "NAME,..",
      description =
          "Models that take adapters; all: the nine base models of the paper"
              + " (default: ${DEFAULT-VALUE}).")
  List<String> models;

  @Mixin SeedFlags seeds;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "Folder of all runs and of the table.")
  Path out;

  @Option(
      names = "--tune",
      paramLabel = "N",
      converter = FlagTypes.Count.class,
      description =
          "First search the settings of each model on each data set among N candidates, without and"
              + " with adapters alike, as 'mlora tune' does (default: train with the flags given).")
  Optional<Integer> tune;

  ReproduceCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    List<String> names = models();
    IdleFlags.refuse(command, training, AdapterName.OF_THE_PAPER);
    try (NamedDatasets datasets = NamedDatasets.open(data);
        Backend backend = device.open(context.terminal(), output);
        StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      ReproductionRuns runs =
          new ReproductionRuns(context, backend, status, model, training, tune, command, out);
      runs.check(datasets, names, seeds.seed);
      begin();
      Optional<ReproductionRuns.Table> table = runs.run(datasets, names, seeds.all());
      status.close();
      if (table.isEmpty()) {
        context.terminal().tell("mlora: interrupted; finished runs are kept: " + out);
        context.terminal().tell("the same command goes on");
        return ExitCode.INTERRUPTED;
      }
      output.print(context.terminal(), () -> table.get().json(), () -> table.get().text(context));
    }
    return ExitCode.DONE;
  }

  private List<String> models() {
    List<String> names = new ArrayList<>();
    for (String name : models) {
      if (name.equals(ALL)) {
        names.addAll(PAPER);
      } else {
        if (!Models.names().contains(name) || !Models.adapts(name)) {
          throw new InvalidInputException(
              "--models: '"
                  + name
                  + "' is no model that takes adapters; those are "
                  + String.join(", ", Models.names().stream().filter(Models::adapts).toList()));
        }
        names.add(name);
      }
    }
    if (names.stream().distinct().count() < names.size()) {
      throw new InvalidInputException("--models names a model twice; name each once");
    }
    return names;
  }

  /** Only a table of ours, made with the same recipe, is gone on with. */
  private void begin() {
    Recipe recipe = Recipe.of(command);
    try {
      if (Files.exists(out) && !FolderTree.isEmpty(out)) {
        recipe.requireSame(out);
        return;
      }
      Files.createDirectories(out);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(out, e);
    }
    recipe.write(out);
  }
}
