package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Dataset;
import org.mlora.model.ModelSpec;
import org.mlora.report.NumberText;
import org.mlora.report.TextTable;
import org.mlora.train.Candidate;
import org.mlora.train.Tuner;
import org.mlora.train.TuningResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mlora tune}. */
@Command(
    name = "tune",
    description = {
      "Searches learning rates of the network and of adapters, alpha, L2 of adapters and embeddings,"
          + " and dropout.",
      "Successive halving by what validation rows say: test rows are never read. The same command"
          + " goes on with a search that was stopped. recipe.json is a config file for train."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora tune --data data/epinions --out tuned",
      "  mlora tune --data data/epinions --model nfm --candidates 32 --out tuned-nfm",
      "  mlora train --data data/epinions --config tuned/recipe.json --out best"
    })
final class TuneCommand implements Callable<Integer> {
  private static final int SHOWN = 10;

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
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "Folder of the record and the recipe.")
  Path out;

  @Option(
      names = "--candidates",
      defaultValue = "16",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description =
          "Settings drawn, the given ones among them; half of them are trained with a second seed,"
              + " half of those with four, and so on (default: ${DEFAULT-VALUE}).")
  int candidates;

  @Option(
      names = "--seed",
      defaultValue = "1",
      converter = FlagTypes.Seed.class,
      paramLabel = "N",
      description =
          "Seed of the draw, and first seed of the trainings (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--adapter",
      defaultValue = "mlora",
      paramLabel = "KIND",
      description = "none, mlora or moe-mlora (default: ${DEFAULT-VALUE}).",
      order = 11)
  AdapterName adapter;

  TuneCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    IdleFlags.refuse(command, training, List.of(adapter));
    try (Dataset dataset = Dataset.open(data);
        Backend backend = device.open(context.terminal(), output);
        StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      name.check(context, output, dataset, data, training.compat);
      ModelSpec spec = model.spec(name.known(), adapter);
      Tuner tuner =
          new Tuner(
              spec,
              training.side(seed, spec.adapter()),
              backend,
              new TuningProgress(status, "tune"));
      context.interruption().saveBy(tuner::stop);
      TuningResult found = tuner.run(dataset, candidates, out);
      status.close();
      if (found.stopped()) {
        context.terminal().tell("mlora: interrupted; trainings that ended are recorded: " + out);
        context.terminal().tell("the same command goes on");
        return ExitCode.INTERRUPTED;
      }
      finish(found);
    }
    return ExitCode.DONE;
  }

  private void finish(TuningResult found) {
    Recipe.of(command).with(found.best().candidate(), adapter).write(out);
    Path recipe = out.resolve(Recipe.NAME);
    if (output.json) {
      ObjectNode json = (ObjectNode) Tuner.readRecord(out);
      json.put("recipe", recipe.toString());
      context.terminal().print(json);
      return;
    }
    context
        .terminal()
        .print(
            table(found).render(context.terminal().charset())
                + "\nrecipe: "
                + recipe
                + "\ntrain with it: mlora train --data "
                + GivenFlags.quoted(data.toString())
                + " --model "
                + name.known()
                + " --adapter "
                + adapter.label()
                + " --config "
                + GivenFlags.quoted(recipe.toString())
                + " --out RUN");
  }

  /** The candidates that came furthest, the best first. */
  private TextTable table(TuningResult found) {
    TextTable table =
        TextTable.of(
            TextTable.Column.right("lr"),
            TextTable.Column.right("alpha"),
            TextTable.Column.right("adapter lr"),
            TextTable.Column.right("adapter L2"),
            TextTable.Column.right("embedding L2"),
            TextTable.Column.right("dropout"),
            TextTable.Column.right("seeds"),
            TextTable.Column.right("validation " + training.earlyStop.title()));
    boolean adapted = adapter != AdapterName.NONE;
    for (TuningResult.Ranked ranked : found.ranked().stream().limit(SHOWN).toList()) {
      Candidate candidate = ranked.candidate();
      table.row(
          text(candidate.learningRate()),
          adapted && candidate.adapter().alpha() > 0
              ? NumberText.count(candidate.adapter().alpha())
              : NumberText.UNDEFINED,
          adapted ? text(candidate.adapterRate()) : NumberText.UNDEFINED,
          adapted ? text(candidate.adapter().l2()) : NumberText.UNDEFINED,
          text(candidate.embeddingL2()),
          text(candidate.dropout()),
          NumberText.count(ranked.validations().size()),
          NumberText.metric(ranked.validation()));
    }
    return table;
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }
}
