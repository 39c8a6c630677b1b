package org.mlora.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.mlora.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Flags of every command about what it prints. */
final class OutputFlags {
  @Option(names = "--json", description = "Print the result as one JSON document.", order = 900)
  boolean json;

  @Option(names = "--quiet", description = "Show no progress.", order = 901)
  boolean quiet;

  @Option(
      names = "--verbose",
      description = "Show log lines, and stack traces of errors.",
      order = 902)
  boolean verbose;

  @Option(
      names = ConfigFile.FLAG,
      paramLabel = "FILE.json",
      description = "Read flags from a JSON object, such as {\"lr\": 0.001}; flags given override.",
      order = 903)
  Path config;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.",
      order = 999)
  boolean help;

  /** Prints the result as it is wanted. */
  void print(Terminal terminal, Supplier<JsonNode> asJson, Supplier<String> asText) {
    if (json) {
      terminal.print(asJson.get());
    } else {
      terminal.print(asText.get());
    }
  }

  /** Prints the result as it is wanted. */
  void print(Terminal terminal, View view) {
    print(terminal, view::json, () -> view.text(terminal.charset()));
  }

  static boolean verbose(CommandLine command) {
    return command.getParseResult() != null
        && command.getParseResult().hasMatchedOption("--verbose");
  }
}
