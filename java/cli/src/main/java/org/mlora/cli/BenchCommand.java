package org.mlora.cli;

import java.util.ArrayList;
import java.util.List;
import org.mlora.error.InvalidInputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/**
 * {@code mlora bench} stands in the list of commands, but is a program of its own, so that nobody
 * downloads the peers to train a model: the launcher starts that before this one is reached.
 */
@Command(
    name = "bench",
    description =
        "Measures speed and quality beside libtorch in one run (downloads libtorch the first time).",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./mlora bench cpu --quick",
      "  ./mlora bench cpu --json > bench.json",
      "  ./mlora bench models --quick"
    })
final class BenchCommand implements Runnable {
  @Unmatched List<String> words = new ArrayList<>();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Override
  public void run() {
    throw new InvalidInputException(
        "the benchmarks are a program of their own; start them with the launcher of the"
            + " repository: ./mlora bench cpu");
  }
}
