package org.mlora.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The trained model that a command needs. */
final class ModelFolder {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "RUN",
      converter = FlagTypes.File.class,
      description = "Folder of a run (its best model is taken) or of a saved model.")
  Path path;
}
