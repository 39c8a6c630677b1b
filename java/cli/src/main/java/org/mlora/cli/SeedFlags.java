package org.mlora.cli;

import java.util.List;
import java.util.stream.LongStream;
import picocli.CommandLine.Option;

/** The seeds that settings are trained with, the same for each. */
final class SeedFlags {
  @Option(
      names = "--seeds",
      defaultValue = "5",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description = "Trainings of each setting (default: ${DEFAULT-VALUE}).")
  int seeds;

  @Option(
      names = "--seed",
      defaultValue = "1",
      converter = FlagTypes.Seed.class,
      paramLabel = "N",
      description = "The first seed (default: ${DEFAULT-VALUE}).")
  long seed;

  /** In order. */
  List<Long> all() {
    return LongStream.range(seed, seed + seeds).boxed().toList();
  }
}
