package org.mlora.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mlora.backend.Backend;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.metric.Calibration;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Evaluator;
import org.mlora.model.ModelSpec;
import org.mlora.report.ReportData;
import org.mlora.serve.MloraModel;
import org.mlora.train.EpochRecord;
import org.mlora.train.Trainer;
import org.mlora.train.TrainingConfig;
import org.mlora.train.TrainingResult;

/** Trains models on one data set, one after the other, and tests each. */
final class Experiment {
  private final Context context;
  private final Dataset data;
  private final Backend backend;
  private final StatusLine status;

  Experiment(Context context, Dataset data, Backend backend, StatusLine status) {
    this.context = context;
    this.data = data;
    this.backend = backend;
    this.status = status;
  }

  /**
   * One training.
   *
   * @param name which one it is, for progress; may be empty
   * @param folder where it is kept; empty: in memory
   * @param resume whether a run in the folder is gone on with
   */
  record Plan(
      String name, ModelSpec spec, TrainingConfig config, Optional<Path> folder, boolean resume) {}

  /**
   * Returns where the data can be trained on with these settings, as far as that can be told
   * before.
   *
   * @throws org.mlora.error.InvalidInputException naming what cannot be
   */
  void check(ModelSpec spec, TrainingConfig config) {
    new Trainer(spec, config, backend).check(data);
  }

  /**
   * Runs a training to its end.
   *
   * @return its test result; empty where it was asked to stop before
   */
  Optional<ReportData.Run> run(Plan plan) {
    try (TrainingResult result = started(plan)) {
      return result.stopped() ? Optional.empty() : Optional.of(tested(plan, result));
    }
  }

  private TrainingResult started(Plan plan) {
    TrainingProgress progress =
        new TrainingProgress(status, plan.name(), plan.config().earlyStop());
    Trainer trainer = new Trainer(plan.spec(), plan.config(), backend, progress);
    context.interruption().saveBy(trainer::stop);
    return train(trainer, plan);
  }

  private TrainingResult train(Trainer trainer, Plan plan) {
    if (plan.folder().isEmpty()) {
      return trainer.train(data);
    }
    Path folder = plan.folder().get();
    return plan.resume() && Files.isDirectory(folder)
        ? trainer.resume(data, folder)
        : trainer.train(data, folder);
  }

  private ReportData.Run tested(Plan plan, TrainingResult result) {
    MloraModel model = result.model();
    Split split = data.judging();
    Columns columns = data.columns(split);
    float[] probabilities = model.predict(columns);
    Evaluation test =
        Evaluator.evaluate(
            split.label(),
            probabilities,
            columns.outcomes(),
            columns.domains(),
            data.schema().domains());
    List<ReportData.Epoch> epochs = new ArrayList<>();
    for (EpochRecord epoch : result.history()) {
      epochs.add(
          new ReportData.Epoch(
              epoch.epoch(),
              epoch.phase().label(),
              epoch.trainLoss(),
              plan.config().earlyStop().of(epoch.validation())));
    }
    return new ReportData.Run(
        plan.config().seed(),
        epochs,
        result.bestEpoch(),
        result.seconds(),
        result.samplesPerSecond(),
        plan.config().earlyStop(),
        result.validation(),
        test,
        Calibration.of(probabilities, columns.outcomes()));
  }
}
