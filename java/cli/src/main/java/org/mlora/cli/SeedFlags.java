package org.mlora.cli;

import java.util.List;
import java.util.stream.LongStream;
import org.mlora.error.InvalidInputException;
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
    require(seed, seeds);
    return LongStream.range(seed, seed + seeds).boxed().toList();
  }

  /** Refuses seeds beyond the largest one. */
  static void require(long first, int count) {
    if (first > Long.MAX_VALUE - count) {
      throw new InvalidInputException(
          "there are no " + count + " seeds from --seed " + first + " on; give a smaller one");
    }
  }
}
