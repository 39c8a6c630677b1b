package org.mlora.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora inspect}. */
@Command(
    name = "inspect",
    description = "Shows what a model or a data set is made of.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora inspect --model runs/gender",
      "  mlora inspect --data data/ml-1m-gender --json"
    })
final class InspectCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;

  @Option(
      names = "--model",
      paramLabel = "RUN",
      converter = FlagTypes.File.class,
      description = "Folder of a run (its best model is taken) or of a saved model.")
  Optional<Path> model;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "A prepared data set.")
  Optional<Path> data;

  @Option(
      names = "--verify",
      description = "Read every file of the data set and compare its checksum.")
  boolean verify;

  InspectCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (model.isPresent() == data.isPresent()) {
      throw new InvalidInputException("inspect needs one of --model RUN and --data DIR");
    }
    if (model.isPresent()) {
      output.print(context.terminal(), ModelView.of(Checkpoint.open(model.get())));
      return ExitCode.DONE;
    }
    try (Dataset dataset = Dataset.open(data.orElseThrow())) {
      if (verify) {
        dataset.verify();
      }
      DataView view = DataView.of(dataset);
      output.print(
          context.terminal(),
          view::json,
          () ->
              view.text(context.terminal().charset())
                  + (verify ? "\nevery file matches its checksum" : ""));
    }
    return ExitCode.DONE;
  }
}
