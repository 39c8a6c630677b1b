package org.mlora.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.mlora.metric.Summary;

/** The paper's table as text: for terminals, as Markdown and as CSV. */
public final class ReproductionTable {
  private static final int DIGITS = 4;
  private static final List<String> HEADINGS =
      List.of(
          "data",
          "model",
          "WAUC none",
          "WAUC mlora",
          "uplift",
          "95 % interval",
          "parameters",
          "added",
          "a run, none",
          "a run, mlora");

  private ReproductionTable() {}

  /** For terminals. */
  public static TextTable text(Reproduction reproduction) {
    TextTable.Column[] columns =
        HEADINGS.stream()
            .map(name -> new TextTable.Column(name, HEADINGS.indexOf(name) > 1))
            .toArray(TextTable.Column[]::new);
    TextTable table = TextTable.of(columns);
    for (ReproductionRow row : reproduction.rows()) {
      table.row(cells(row).toArray(String[]::new));
      if (row.mean()) {
        table.rule();
      }
    }
    return table;
  }

  /** A Markdown document: title, flags and table. */
  public static String markdown(Reproduction reproduction) {
    StringBuilder out = new StringBuilder("# " + reproduction.title() + "\n\n");
    if (!reproduction.subtitle().isEmpty()) {
      out.append(reproduction.subtitle()).append("\n\n");
    }
    out.append("| ").append(String.join(" | ", HEADINGS)).append(" |\n|---|---");
    out.append("|---:".repeat(HEADINGS.size() - 2)).append("|\n");
    for (ReproductionRow row : reproduction.rows()) {
      out.append(
          cells(row).stream()
              .map(cell -> cell.replace("|", "\\|"))
              .map(cell -> row.mean() ? "**" + cell + "**" : cell)
              .collect(Collectors.joining(" | ", "| ", " |\n")));
    }
    out.append(
        "\nTest WAUC, mean ± standard deviation over the seeds. The uplift is paired by seed;");
    out.append(" its interval is Student's t.\n");
    if (!reproduction.configuration().isEmpty()) {
      out.append("\n| flag | value |\n|---|---|\n");
      reproduction
          .configuration()
          .forEach(
              flag -> out.append("| `--%s` | %s |%n".formatted(flag.getKey(), flag.getValue())));
    }
    return out.toString();
  }

  private static List<String> cells(ReproductionRow row) {
    return List.of(
        row.data(),
        row.model(),
        NumberText.meanSd(row.control(), DIGITS),
        NumberText.meanSd(row.treated(), DIGITS),
        NumberText.signed(row.uplift().mean(), DIGITS),
        row.interval(),
        NumberText.count(row.parameters()),
        row.addedShare(),
        NumberText.duration(row.secondsControl()),
        NumberText.duration(row.secondsTreated()));
  }

  /** As CSV, with numbers in full; what is undefined is empty. */
  public static String csv(Reproduction reproduction) {
    StringBuilder out =
        new StringBuilder(
            "data,model,seeds,wauc_none,wauc_none_sd,wauc_mlora,wauc_mlora_sd,uplift,uplift_low,"
                + "uplift_high,parameters,parameters_added,seconds_none,seconds_mlora\n");
    for (ReproductionRow row : reproduction.rows()) {
      out.append(
          String.join(
              ",",
              quoted(row.data()),
              quoted(row.model()),
              Integer.toString(row.seeds()),
              pair(row.control()),
              pair(row.treated()),
              number(row.uplift().mean()),
              number(row.uplift().low()),
              number(row.uplift().high()),
              Long.toString(row.parameters()),
              Long.toString(row.added()),
              number(row.secondsControl()),
              number(row.secondsTreated())));
      out.append('\n');
    }
    return out.toString();
  }

  private static String pair(Summary summary) {
    return number(summary.mean()) + "," + number(summary.sd());
  }

  private static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.8g", value) : "";
  }

  private static String quoted(String text) {
    return text.matches("[^,\"\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
