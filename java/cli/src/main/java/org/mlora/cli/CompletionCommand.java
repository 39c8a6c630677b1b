package org.mlora.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mlora generate-completion}. */
@Command(
    name = "generate-completion",
    description = "Prints a script that lets bash and zsh complete mlora's commands and flags.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(mlora generate-completion)                          this shell",
      "  mlora generate-completion > ~/.local/share/bash-completion/completions/mlora"
    })
final class CompletionCommand implements Runnable {
  private final Context context;

  @Spec CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  CompletionCommand(Context context) {
    this.context = context;
  }

  @Override
  public void run() {
    context.terminal().print(AutoComplete.bash("mlora", spec.root().commandLine()));
  }
}
