package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.mlora.backend.Backend;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;
import org.mlora.report.NumberText;
import org.mlora.report.TextTable;
import org.mlora.train.Candidate;
import org.mlora.train.SuccessiveHalving;
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
    if (Files.exists(out) && !Files.exists(out.resolve(Tuning.NAME))) {
      throw new InvalidInputException(
          "--out " + out + " exists and holds no search; choose another folder");
    }
    IdleFlags.refuse(command, training, List.of(adapter));
    try (Dataset dataset = Dataset.open(data);
        Backend backend = device.open(context.terminal(), output);
        StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      name.check(context, output, dataset, data, training.compat);
      ModelSpec spec = model.spec(name.known(), adapter);
      Experiment experiment = new Experiment(context, dataset, backend, status);
      Optional<Tuning> tuning =
          new Tuner(experiment, dataset, candidates, seed)
              .run("tune", spec, training.side(seed, spec.adapter()), out);
      status.close();
      if (tuning.isEmpty()) {
        context.terminal().tell("mlora: interrupted; trainings that ended are recorded: " + out);
        context.terminal().tell("the same command goes on");
        return ExitCode.INTERRUPTED;
      }
      finish(tuning.get());
    }
    return ExitCode.DONE;
  }

  private void finish(Tuning tuning) {
    Recipe.of(command).with(tuning.best(), adapter).write(out);
    if (output.json) {
      ObjectNode json = tuning.json();
      json.put("recipe", out.resolve(Recipe.NAME).toString());
      context.terminal().print(json);
      return;
    }
    Path recipe = out.resolve(Recipe.NAME);
    context
        .terminal()
        .print(
            table(tuning).render(context.terminal().charset())
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
  private TextTable table(Tuning tuning) {
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
    List<Integer> shown =
        IntStream.range(0, tuning.candidates().size())
            .boxed()
            .sorted(
                Comparator.comparing((Integer candidate) -> candidate != best(tuning))
                    .thenComparing(candidate -> -seeds(tuning, candidate))
                    .thenComparing(candidate -> cost(tuning, candidate)))
            .limit(SHOWN)
            .toList();
    for (int number : shown) {
      Candidate candidate = tuning.candidates().get(number);
      boolean adapted = adapter != AdapterName.NONE;
      table.row(
          text(candidate.learningRate()),
          adapted && candidate.adapter().alpha() > 0
              ? NumberText.count(candidate.adapter().alpha())
              : NumberText.UNDEFINED,
          adapted ? text(candidate.adapterRate()) : NumberText.UNDEFINED,
          adapted ? text(candidate.adapter().l2()) : NumberText.UNDEFINED,
          text(candidate.embeddingL2()),
          text(candidate.dropout()),
          NumberText.count(seeds(tuning, number)),
          NumberText.metric(SuccessiveHalving.mean(number, tuning.results())));
    }
    return table;
  }

  /** Less for better results, most for those that are not there. */
  private double cost(Tuning tuning, int candidate) {
    return tuning.halving().cost(SuccessiveHalving.mean(candidate, tuning.results()));
  }

  private static int best(Tuning tuning) {
    return tuning.candidates().indexOf(tuning.best());
  }

  private static long seeds(Tuning tuning, int candidate) {
    return tuning.results().keySet().stream()
        .filter(trial -> trial.candidate() == candidate)
        .count();
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }
}
