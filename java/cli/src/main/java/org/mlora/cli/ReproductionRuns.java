package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mlora.backend.Backend;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.ComparisonJson;
import org.mlora.metric.Metric;
import org.mlora.metric.PairedDifference;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.report.NumberText;
import org.mlora.report.Report;
import org.mlora.report.ReportData;
import org.mlora.report.Reproduction;
import org.mlora.report.ReproductionReport;
import org.mlora.report.ReproductionTable;
import org.mlora.train.ComparisonRunner;
import org.mlora.train.Tuner;
import org.mlora.train.TuningResult;
import picocli.CommandLine.Model.CommandSpec;

/** The runs of a table, and the table that grows with them. */
final class ReproductionRuns {
  private final Context context;
  private final Backend backend;
  private final StatusLine status;
  private final ModelFlags model;
  private final TrainingFlags training;
  private final Optional<Integer> candidates;
  private final CommandSpec command;
  private final Path out;
  private final List<Reproduction.Entry> entries = new ArrayList<>();

  ReproductionRuns(
      Context context,
      Backend backend,
      StatusLine status,
      ModelFlags model,
      TrainingFlags training,
      Optional<Integer> candidates,
      CommandSpec command,
      Path out) {
    this.context = context;
    this.backend = backend;
    this.status = status;
    this.model = model;
    this.training = training;
    this.candidates = candidates;
    this.command = command;
    this.out = out;
  }

  /** The finished table. */
  record Table(Reproduction reproduction, Path folder) {
    String text(Context context) {
      return ReproductionTable.text(reproduction).render(context.terminal().charset())
          + "\ntable: "
          + folder.resolve("table.md")
          + "\nreport: "
          + folder.resolve(Report.NAME);
    }

    ObjectNode json() {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      ArrayNode list = json.putArray("entries");
      for (Reproduction.Entry entry : reproduction.entries()) {
        ObjectNode item = list.addObject();
        item.put("data", entry.data()).put("model", entry.model());
        item.put("parameters", entry.parameters()).put("parameters_added", entry.added());
        item.setAll(ComparisonJson.toJson(entry.comparison()));
      }
      json.put("report", folder.resolve(Report.NAME).toString());
      return json;
    }
  }

  /**
   * Returns where all can be trained, as far as that can be told before.
   *
   * @throws org.mlora.error.InvalidInputException naming what cannot be
   */
  void check(NamedDatasets datasets, List<String> models, long seed) {
    for (Dataset data : datasets.byName().values()) {
      if (data.columns(Split.TEST).rows() == 0) {
        throw new InvalidInputException(
            data.folder() + " has no test rows, of which the table is; prepare it with some");
      }
      Experiment experiment = new Experiment(context, data, backend, status);
      for (String name : models) {
        for (AdapterName adapter : AdapterName.OF_THE_PAPER) {
          ComparisonRunner.Setting setting = given(name, adapter, seed);
          experiment.check(setting.spec(), setting.config());
        }
      }
    }
  }

  /** Trains what is not there yet; empty where it was asked to stop before. */
  Optional<Table> run(NamedDatasets datasets, List<String> models, List<Long> seeds) {
    Pace pace = new Pace(datasets, 2 * models.size() * seeds.size());
    for (Map.Entry<String, Dataset> data : datasets.byName().entrySet()) {
      Experiment experiment = new Experiment(context, data.getValue(), backend, status);
      ReportData.Data summary = DataSummary.of(data.getValue()).forReport();
      for (String name : models) {
        Path folder = out.resolve(data.getKey()).resolve(name);
        List<ComparisonRunner.Setting> settings = new ArrayList<>();
        for (AdapterName adapter : AdapterName.OF_THE_PAPER) {
          Optional<ComparisonRunner.Setting> setting =
              setting(data, given(name, adapter, seeds.get(0)), folder);
          if (setting.isEmpty()) {
            return Optional.empty();
          }
          settings.add(setting.get());
        }
        Optional<List<ReportData.Setting>> done =
            new PairedTrainings(experiment, Optional.of(folder), true)
                .run(settings, seeds, pace.observer(name, data.getKey(), data.getValue()));
        if (done.isEmpty()) {
          return Optional.empty();
        }
        ReportData report =
            new ReportData(
                Models.title(name) + " on " + data.getKey(),
                "mlora reproduce, " + seeds.size() + " seeds",
                summary,
                done.get(),
                GivenFlags.values(command));
        ComparisonFiles.write(report, folder);
        add(data, name, settings, report);
      }
    }
    return Optional.of(new Table(reproduction(), out));
  }

  /** The setting by the flags. */
  private ComparisonRunner.Setting given(String name, AdapterName adapter, long seed) {
    ModelSpec spec = model.spec(name, adapter);
    return new ComparisonRunner.Setting(adapter.label(), spec, training.side(seed, spec.adapter()));
  }

  /** The setting given, or the one that validation rows choose; empty where that was stopped. */
  private Optional<ComparisonRunner.Setting> setting(
      Map.Entry<String, Dataset> data, ComparisonRunner.Setting given, Path folder) {
    if (candidates.isEmpty()) {
      return Optional.of(given);
    }
    String label = "tune " + data.getKey() + ", " + given.spec().model() + ", " + given.name();
    Tuner tuner =
        new Tuner(given.spec(), given.config(), backend, new TuningProgress(status, label));
    context.interruption().saveBy(tuner::stop);
    TuningResult found =
        tuner.run(data.getValue(), candidates.get(), folder.resolve("tuning-" + given.name()));
    TuningResult.Ranked best = found.best();
    return found.stopped()
        ? Optional.empty()
        : Optional.of(new ComparisonRunner.Setting(given.name(), best.spec(), best.config()));
  }

  private void add(
      Map.Entry<String, Dataset> data,
      String name,
      List<ComparisonRunner.Setting> settings,
      ReportData report) {
    long control = parameters(settings.get(0).spec(), data.getValue());
    long treated = parameters(settings.get(1).spec(), data.getValue());
    entries.add(
        new Reproduction.Entry(
            data.getKey(), name, control, treated - control, report.comparison()));
    Reproduction table = reproduction();
    TextFile.write(out.resolve("table.md"), ReproductionTable.markdown(table).strip());
    TextFile.write(out.resolve("table.csv"), ReproductionTable.csv(table).strip());
    ReproductionReport.write(table, out.resolve(Report.NAME));
    PairedDifference uplift = report.comparison().difference().get(Metric.WAUC);
    if (uplift != null) {
      status.tell(
          data.getKey() + ", " + name + ": uplift in WAUC " + NumberText.gain(uplift.mean()));
    }
  }

  private static long parameters(ModelSpec spec, Dataset dataset) {
    return Models.build(spec, dataset.schema()).size();
  }

  private Reproduction reproduction() {
    return new Reproduction(
        "MLoRA beside no adapters",
        "mlora reproduce: the same network, data and seeds, adapters off and on"
            + candidates
                .map(n -> ", both tuned on validation rows among " + n + " candidates")
                .orElse(""),
        entries,
        training.earlyStop,
        List.copyOf(GivenFlags.recipe(command).entrySet()));
  }
}
