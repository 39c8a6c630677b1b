package org.mlora.cli;

import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;
import org.mlora.metric.EvaluationJson;
import org.mlora.metric.Evaluator;
import org.mlora.metric.GroupedAuc;
import org.mlora.report.NumberText;
import org.mlora.report.ResultText;
import org.mlora.serve.MloraModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora evaluate}. */
@Command(
    name = "evaluate",
    description = "Measures a trained model on a split of a data set.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora evaluate --model runs/gender --data data/ml-1m-gender",
      "  mlora evaluate --model runs/gender --data data/ml-1m-gender --split validation --json"
    })
final class EvaluateCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;
  @Mixin DeviceFlags device;

  @Mixin ModelFolder model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "A prepared data set with the fields of the model.")
  Path data;

  @Option(
      names = "--split",
      defaultValue = "test",
      paramLabel = "NAME",
      description = "train, validation or test (default: ${DEFAULT-VALUE}).")
  Split split;

  @Option(
      names = "--user-field",
      paramLabel = "FIELD",
      description = "Adds GAUC: the mean of the AUC within each id of this field.")
  Optional<String> userField;

  @Option(
      names = "--threshold-auc",
      description = "Adds the published code's AUC over 500 thresholds.")
  boolean thresholdAuc;

  EvaluateCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    try (Dataset dataset = Dataset.open(data);
        Backend backend = device.open(context.terminal(), output);
        MloraModel trained = MloraModel.open(model.path, backend)) {
      Evaluation evaluation = evaluate(dataset, trained);
      output.print(
          context.terminal(),
          () -> EvaluationJson.toJson(evaluation),
          () ->
              ResultText.evaluation(evaluation).render(context.terminal().charset())
                  + "\n"
                  + summary(evaluation));
    }
    return ExitCode.DONE;
  }

  private Evaluation evaluate(Dataset dataset, MloraModel trained) {
    Columns columns = ModelRows.of(trained, dataset, data, split, context.terminal());
    float[] probabilities = trained.predict(columns);
    Evaluation evaluation =
        Evaluator.evaluate(
            split.label(),
            probabilities,
            columns.outcomes(),
            columns.domains(),
            trained.schema().domains());
    if (thresholdAuc) {
      evaluation =
          evaluation.withCompat(
              Evaluator.compat(
                  probabilities, columns.labels(), columns.domains(), trained.schema().domains()));
    }
    if (userField.isPresent()) {
      IntBuffer users = users(trained, columns, userField.get());
      evaluation =
          evaluation.withGauc(GroupedAuc.weightedMean(probabilities, columns.outcomes(), users));
    }
    return evaluation;
  }

  private static IntBuffer users(MloraModel trained, Columns columns, String field) {
    if (columns.fields().get(trained.schema().indexOf(field)) instanceof Column.Ids ids) {
      return ids.ids();
    }
    throw new InvalidInputException(
        "--user-field " + field + " has no single id a row; name a categorical field");
  }

  private static String summary(Evaluation evaluation) {
    String text =
        "mean AUC "
            + NumberText.metric(evaluation.meanAuc())
            + ", WAUC "
            + NumberText.metric(evaluation.wauc())
            + ", log loss "
            + NumberText.metric(evaluation.logLoss())
            + ", PCOC "
            + NumberText.metric(evaluation.pcoc())
            + ", ECE "
            + NumberText.metric(evaluation.ece());
    if (evaluation.gauc().isPresent()) {
      text += ", GAUC " + NumberText.metric(evaluation.gauc().getAsDouble());
    }
    if (evaluation.compat().isPresent()) {
      Evaluation.Compat compat = evaluation.compat().get();
      text +=
          "\nwith 500 thresholds: mean AUC "
              + NumberText.metric(compat.meanAuc())
              + ", WAUC "
              + NumberText.metric(compat.wauc());
    }
    return text;
  }
}
