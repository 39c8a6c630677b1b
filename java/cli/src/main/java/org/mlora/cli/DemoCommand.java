package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.checkpoint.RunFolder;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Dataset;
import org.mlora.data.JsonObject;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.FolderTree;
import org.mlora.data.synthetic.SyntheticClicks;
import org.mlora.data.synthetic.SyntheticParameters;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.ComparisonJson;
import org.mlora.metric.Evaluation;
import org.mlora.metric.EvaluationJson;
import org.mlora.metric.Metric;
import org.mlora.model.ModelSpec;
import org.mlora.report.NumberText;
import org.mlora.report.Report;
import org.mlora.report.ReportData;
import org.mlora.report.ResultText;
import org.mlora.report.TextTable;
import org.mlora.train.ComparisonRunner;
import org.mlora.train.TrainingConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora demo}. */
@Command(
    name = "demo",
    description = {
      "Shows on a generated click log what adapters gain.",
      "Generates forty domains whose truth is known, trains with and without adapters, and shows how"
          + " much of the possible gain the adapters reach."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  mlora demo", "  mlora demo --out /tmp/demo --json"})
final class DemoCommand implements Callable<Integer> {
  private static final String MARKER = ".mlora-demo";
  private static final int LEAST_ROWS = 1000;

  private final Context context;

  @Mixin OutputFlags output;
  @Mixin DeviceFlags device;

  @Option(
      names = "--out",
      defaultValue = "mlora-demo",
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description =
          "Folder for data, runs and report; an earlier demo there is replaced, anything else is"
              + " not (default: ${DEFAULT-VALUE}).")
  Path out;

  @Option(
      names = "--seed",
      defaultValue = "1",
      converter = FlagTypes.Seed.class,
      paramLabel = "N",
      description = "Seed of the data and of the training (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--rows",
      defaultValue = "240000",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description = "Rows of the log (default: ${DEFAULT-VALUE}).")
  int rows;

  DemoCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (rows < LEAST_ROWS) {
      throw new InvalidInputException(
          "--rows " + rows + " is too few for forty domains; give " + LEAST_ROWS + " or more");
    }
    clear();
    context.interruption().needs(Interruption.Ending.CLEAN_UP);
    Path data = out.resolve("data");
    try (Backend backend = device.open(context.terminal(), output);
        StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      SyntheticParameters parameters = SyntheticParameters.demo().withSeed(seed).withRows(rows);
      status.tell(
          "generating "
              + NumberText.count(rows)
              + " rows of "
              + parameters.domains()
              + " domains: "
              + data);
      Evaluation best = new SyntheticClicks(parameters).write(data, true);
      try (Dataset dataset = Dataset.open(data)) {
        return train(dataset, backend, status, best);
      }
    }
  }

  /** Only an earlier demo is replaced. */
  private void clear() {
    try {
      if (Files.exists(out)) {
        if (!FolderTree.isEmpty(out) && !Files.exists(out.resolve(MARKER))) {
          throw new InvalidInputException(
              "--out " + out + " exists and holds no demo; choose another folder");
        }
        for (String name : FolderTree.names(out)) {
          if (!name.equals(MARKER)) {
            FolderTree.delete(out.resolve(name));
          }
        }
      }
      Files.createDirectories(out);
      Files.writeString(out.resolve(MARKER), "mlora demo replaces this folder\n");
    } catch (IOException e) {
      throw FileErrors.cannotWrite(out, e);
    }
  }

  private int train(Dataset dataset, Backend backend, StatusLine status, Evaluation best) {
    Experiment experiment = new Experiment(context, dataset, backend, status);
    TrainingConfig config = TrainingConfig.defaults().withSeed(seed);
    List<ReportData.Setting> settings = new ArrayList<>();
    for (ComparisonRunner.Setting setting :
        ComparisonRunner.Setting.withAndWithoutAdapters(ModelSpec.defaults(), config)) {
      boolean adapted = setting.spec().adapter().factors().isPresent();
      status.tell("training " + (adapted ? "with MLoRA adapters" : "without adapters"));
      Path folder = out.resolve(setting.name());
      Optional<ReportData.Run> run =
          experiment.run(
              new Experiment.Plan(
                  setting.name(), setting.spec(), setting.config(), Optional.of(folder), false));
      if (run.isEmpty()) {
        status.close();
        context
            .terminal()
            .tell("mlora: interrupted; checkpoint: " + folder.resolve(RunFolder.LAST));
        return ExitCode.INTERRUPTED;
      }
      settings.add(new ReportData.Setting(setting.name(), List.of(run.get())));
    }
    status.close();
    ReportData report =
        new ReportData(
            "MLoRA demo",
            "A generated click log of forty domains that agree on little; the best possible AUC is"
                + " that of the true probabilities.",
            DataSummary.of(dataset).forReport(),
            settings,
            List.of(
                Map.entry("rows", NumberText.count(rows)),
                Map.entry("seed", String.valueOf(seed))));
    print(report, best);
    return ExitCode.DONE;
  }

  private void print(ReportData report, Evaluation best) {
    Path page = out.resolve(Report.NAME);
    Report.write(report, page);
    double off = wauc(report, 0);
    double on = wauc(report, 1);
    double closed = (on - off) / (best.wauc() - off);
    if (output.json) {
      ObjectNode json = ComparisonJson.toJson(report.comparison());
      json.set("best_possible", EvaluationJson.toJson(best));
      JsonObject.putNumber(json, "gap_closed", closed);
      json.put("out", out.toString());
      json.put("report", page.toString());
      context.terminal().print(json);
      return;
    }
    Charset charset = context.terminal().charset();
    StringBuilder text = new StringBuilder("\n");
    text.append(ResultText.domains(report).render(charset)).append('\n');
    text.append(overall(report, best).render(charset)).append('\n');
    text.append("MLoRA closes ")
        .append(NumberText.percent(closed, 0))
        .append(" of the gap between no adapters and the best possible WAUC\n");
    for (ReportData.Setting setting : report.settings()) {
      text.append(setting.name()).append(": ").append(ResultLines.cost(setting)).append('\n');
    }
    text.append("report: ").append(page);
    context.terminal().print(text.toString());
  }

  private static TextTable overall(ReportData report, Evaluation best) {
    TextTable table =
        TextTable.of(
            TextTable.Column.left("test"),
            TextTable.Column.right("none"),
            TextTable.Column.right("mlora"),
            TextTable.Column.right("best possible"));
    for (Metric metric : List.of(Metric.WAUC, Metric.MEAN_AUC, Metric.LOG_LOSS)) {
      table.row(
          metric.title(),
          NumberText.metric(metric.of(report.settings().get(0).runs().get(0).test())),
          NumberText.metric(metric.of(report.settings().get(1).runs().get(0).test())),
          NumberText.metric(metric.of(best)));
    }
    return table;
  }

  private static double wauc(ReportData report, int setting) {
    return report.settings().get(setting).runs().get(0).test().wauc();
  }
}
