package org.mlora.cli;

import org.mlora.data.prepare.SplitRule;
import picocli.CommandLine.Option;

/** Flags of data whose negatives are drawn. */
final class SamplingFlags {
  @Option(
      names = "--split",
      defaultValue = "60/20/20",
      paramLabel = "A/B/C",
      description =
          "Percent of rows for training, validation and test, drawn within every domain and label"
              + " (default: ${DEFAULT-VALUE}).")
  String split;

  @Option(
      names = "--seed",
      defaultValue = "123",
      converter = FlagTypes.CountOrZero.class,
      paramLabel = "N",
      description = "Seed of negatives and parts (default: ${DEFAULT-VALUE}).")
  int seed;

  SplitRule.Stratified split() {
    return SplitRule.parse(split, seed);
  }
}
