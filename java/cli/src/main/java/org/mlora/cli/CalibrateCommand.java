package org.mlora.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.calibration.CalibrationScope;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.metric.Evaluation;
import org.mlora.serve.MloraModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora calibrate}. */
@Command(
    name = "calibrate",
    description = {
      "Fits the predictions of a trained model to the click rates of labelled rows.",
      "A line is fitted to the logits of each domain, or of all; a domain with few rows stays near"
          + " the line it had, or that of all rows. The order of a domain's predictions stays, and"
          + " with it its AUC. Weights are not trained."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora calibrate --model runs/shops --data data/tuesday --out models/tuesday",
      "  mlora calibrate --model runs/shops --data data/shops --calibration global --out models/shops"
    })
final class CalibrateCommand implements Callable<Integer> {
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
      names = "--out",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "Folder of the calibrated model; RUN stays as it is.")
  Path out;

  @Option(
      names = "--split",
      defaultValue = "validation",
      paramLabel = "NAME",
      description =
          "The rows that are fitted to; not those that the model was trained on"
              + " (default: ${DEFAULT-VALUE}).")
  Split split;

  @Option(
      names = "--calibration",
      defaultValue = "by-domain",
      paramLabel = "SCOPE",
      description =
          "by-domain, global, or none, which takes a calibration away (default: ${DEFAULT-VALUE}).")
  CalibrationScope scope;

  CalibrateCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    NewFolder.require(out);
    try (Dataset dataset = Dataset.open(data);
        Backend backend = device.open(context.terminal(), output);
        MloraModel trained = MloraModel.open(model.path, backend)) {
      Columns rows = ModelRows.of(trained, dataset, data, split, context.terminal());
      List<Evaluation> before = evaluations(trained, dataset);
      trained.calibrate(scope, rows);
      List<Evaluation> after = evaluations(trained, dataset);
      trained.saveNew(out);
      output.print(context.terminal(), new CalibrationView(scope, before, after, out));
    }
    return ExitCode.DONE;
  }

  /** The rows that are fitted to, and test rows where there are any. */
  private List<Evaluation> evaluations(MloraModel trained, Dataset dataset) {
    Set<Split> splits = new LinkedHashSet<>(List.of(split, Split.TEST));
    List<Evaluation> evaluations = new ArrayList<>();
    for (Split part : splits) {
      if (dataset.columns(part).rows() > 0) {
        evaluations.add(trained.evaluate(dataset, part));
      }
    }
    return evaluations;
  }
}
