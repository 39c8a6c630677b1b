package org.mlora.cli;

import java.util.List;
import java.util.Optional;
import org.mlora.data.table.DelimitedFormat;
import picocli.CommandLine.Option;

/** Flags about how a table of text is written. */
final class FormatFlags {
  @Option(
      names = "--delimiter",
      paramLabel = "TEXT",
      description = "Between cells; one or two characters, or 'tab' (default: found out).",
      order = 50)
  Optional<String> delimiter;

  @Option(
      names = "--columns",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "NAME",
      description = "Names of the columns, separated by commas, where the file has no header.",
      order = 51)
  List<String> columns = List.of();

  @Option(
      names = "--no-quotes",
      description = "Take double quotes as plain characters.",
      order = 52)
  boolean noQuotes;

  DelimitedFormat format() {
    return new DelimitedFormat(delimiter.map(FormatFlags::character), columns, !noQuotes);
  }

  /** A tab is hard to type in a shell. */
  private static String character(String text) {
    return text.equals("tab") || text.equals("\\t") ? "\t" : text;
  }
}
