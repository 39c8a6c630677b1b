package org.mlora.cli;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.mlora.data.Dataset;
import org.mlora.data.EnumLabel;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Models;
import picocli.CommandLine.Option;

/** Flags that name one model, or a file that does. */
final class ModelName {
  @Option(
      names = "--model",
      defaultValue = "mlp",
      paramLabel = "NAME",
      description = "The network (default: ${DEFAULT-VALUE}).",
      order = 10)
  String model;

  @Option(
      names = ReferenceConfig.FLAG,
      paramLabel = "FILE.json",
      converter = FlagTypes.File.class,
      description =
          "Take the settings from a configuration of the published code; flags given override."
              + " Keys without effect are named on standard error.",
      order = 45)
  Optional<Path> referenceConfig;

  /**
   * The model's name, which is in the registry.
   *
   * @throws InvalidInputException where it is not
   */
  String known() {
    try {
      Models.title(model);
    } catch (InvalidInputException e) {
      throw e.in("--model");
    }
    return model;
  }

  /**
   * Holds data and flags to the configuration, where there is one, and tells which of its keys have
   * no effect.
   *
   * @throws InvalidInputException where they do not go together
   */
  void check(Context context, OutputFlags output, Dataset data, Path folder, List<Quirk> compat) {
    if (referenceConfig.isEmpty()) {
      for (Quirk quirk : compat) {
        if (quirk.ofConfig()) {
          throw new InvalidInputException(
              "--compat " + EnumLabel.of(quirk) + " goes with " + ReferenceConfig.FLAG);
        }
      }
      return;
    }
    Set<Quirk> quirks = EnumSet.noneOf(Quirk.class);
    quirks.addAll(compat);
    ReferenceConfig config = ReferenceConfig.read(referenceConfig.get(), quirks);
    config.requireData(data.schema(), folder);
    if (!output.quiet) {
      config.ignored().forEach(context.terminal()::tell);
    }
  }
}
