package org.mlora.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mlora} alone. */
@Command(
    name = "mlora",
    description = {
      "Trains, evaluates and applies click-through-rate models for many domains: one shared network,"
          + " and a low-rank adapter per domain in every dense layer (MLoRA, RecSys 2024).",
      ""
    },
    versionProvider = Version.class,
    footerHeading = "%nStart with:%n",
    footer = {
      "  mlora demo                      everything once, on generated data, in a minute",
      "  mlora COMMAND --help            flags and examples of a command",
      "",
      "Exit codes: 0 done, 2 bad input or usage, 130 interrupted, 141 nobody reads the results,",
      "1 anything else."
    })
final class RootCommand implements Runnable {
  private final Context context;

  @Spec CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  boolean version;

  RootCommand(Context context) {
    this.context = context;
  }

  @Override
  public void run() {
    CommandLine.usage(spec, context.terminal().out());
  }
}
