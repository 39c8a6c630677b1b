package org.mlora.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Help whose descriptions of options are broken at spaces alone: picocli's also breaks names of
 * files and values of flags, behind a dot or a hyphen.
 */
final class HelpText extends Help {
  private static final String HANGING = "  ";

  HelpText(CommandSpec command, ColorScheme scheme) {
    super(command, scheme);
  }

  @Override
  public IOptionRenderer createDefaultOptionRenderer() {
    Help plain = new Help(commandSpec(), colorScheme());
    int flags = plain.calcLongOptionColumnWidth(commandSpec().options(), List.of(), colorScheme());
    int all = commandSpec().usageMessage().width();
    Column[] columns = TextTable.forDefaultColumns(colorScheme(), flags, all).columns();
    Column described = columns[columns.length - 1];
    int width = described.width - described.indent;
    IOptionRenderer renderer = plain.createDefaultOptionRenderer();
    return (option, label, scheme) -> {
      List<Text[]> rows = new ArrayList<>();
      for (Text[] row : renderer.render(option, label, scheme)) {
        int last = row.length - 1;
        Text[] cells = row.clone();
        for (String line : lines(row[last].plainString(), width)) {
          cells[last] = scheme.text(line);
          rows.add(cells);
          cells = row.clone();
          Arrays.fill(cells, scheme.text(""));
        }
      }
      return rows.toArray(Text[][]::new);
    };
  }

  private static List<String> lines(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.strip().split(" +")) {
      if (line.length() + 1 + word.length() > width && !line.toString().isBlank()) {
        lines.add(line.toString());
        line = new StringBuilder(HANGING);
      }
      line.append(line.toString().isBlank() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
