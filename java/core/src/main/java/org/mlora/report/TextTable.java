package org.mlora.report;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A plain table for terminals: columns two spaces apart, aligned by what the terminal shows, no
 * borders. Text that would break the table (line breaks, control characters) becomes spaces.
 */
public final class TextTable {
  /** Longest text of a column, in terminal cells; longer text ends in an ellipsis. */
  static final int MAX_WIDTH = 48;

  private static final String GAP = "  ";

  /** A heading, and to which side the cells below it are aligned. */
  public record Column(String heading, boolean right) {
    /** For text. */
    public static Column left(String heading) {
      return new Column(heading, false);
    }

    /** For numbers. */
    public static Column right(String heading) {
      return new Column(heading, true);
    }
  }

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  private TextTable(List<Column> columns) {
    this.columns = columns;
  }

  /** An empty table. */
  public static TextTable of(Column... columns) {
    return new TextTable(List.of(columns));
  }

  /** Appends a row with one cell for each column. */
  public TextTable row(String... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException(cells.length + " cells for " + columns.size());
    }
    rows.add(List.of(cells));
    return this;
  }

  /** Appends a line across, as before totals. */
  public TextTable rule() {
    rows.add(List.of());
    return this;
  }

  /** The table, every line ended by a line feed. */
  public String render() {
    return render(StandardCharsets.UTF_8);
  }

  /** The same in characters that the charset of a terminal has. */
  public String render(Charset charset) {
    boolean unicode = charset.newEncoder().canEncode("─±–…");
    List<List<String>> cells = new ArrayList<>();
    cells.add(columns.stream().map(column -> clean(column.heading(), unicode)).toList());
    cells.add(List.of());
    for (List<String> row : rows) {
      cells.add(row.stream().map(cell -> clean(cell, unicode)).toList());
    }
    int[] widths = new int[columns.size()];
    for (List<String> row : cells) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], TextWidth.of(row.get(i)));
      }
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : cells) {
      out.append((row.isEmpty() ? ruler(widths, unicode) : line(row, widths)).stripTrailing());
      out.append('\n');
    }
    return out.toString();
  }

  private static String clean(String cell, boolean unicode) {
    String text = TextWidth.fit(cell, MAX_WIDTH);
    return unicode
        ? text
        : text.replace("±", "+/-").replace("–", "-").replace("…", "...").replace("−", "-");
  }

  private String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      String padding = " ".repeat(widths[i] - TextWidth.of(row.get(i)));
      line.append(i == 0 ? "" : GAP);
      line.append(columns.get(i).right() ? padding + row.get(i) : row.get(i) + padding);
    }
    return line.toString();
  }

  private static String ruler(int[] widths, boolean unicode) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(i == 0 ? "" : GAP).append((unicode ? "─" : "-").repeat(widths[i]));
    }
    return line.toString();
  }
}
