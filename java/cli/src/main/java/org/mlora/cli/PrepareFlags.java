package org.mlora.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Flags of every way of preparing. */
final class PrepareFlags {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "Folder of the prepared data set; it appears when it is complete.",
      order = 100)
  Path out;

  @Option(
      names = "--overwrite",
      description = "Replace the data set that is in --out.",
      order = 101)
  boolean overwrite;
}
