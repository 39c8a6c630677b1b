package org.mlora.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.mlora.metric.Summary;

/** The paper's table as text: for terminals, as Markdown and as CSV. */
public final class ReproductionTable {
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

  private static final List<String> CHOSEN =
      List.of("data", "model", "WAUC chosen", "uplift", "95 % interval");

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
    table(out, HEADINGS, reproduction.rows(), ReproductionTable::cells);
    out.append(
        "\nTest WAUC, mean ± standard deviation over the seeds. The uplift is paired by seed;");
    out.append(" its interval is Student's t.\n");
    reproduction.chosen().ifPresent(chosen -> chosen(out, chosen));
    if (!reproduction.configuration().isEmpty()) {
      out.append("\n| flag | value |\n|---|---|\n");
      reproduction
          .configuration()
          .forEach(
              flag -> out.append("| `--%s` | %s |%n".formatted(flag.getKey(), flag.getValue())));
    }
    return out.toString();
  }

  private static void chosen(StringBuilder out, Reproduction chosen) {
    out.append("\n## Chosen by validation\n\n");
    out.append("Where a training may do without its adapters (`train`, `--phases control-joint`):");
    out.append(" of each seed the side that validation rows prefer.\n\n");
    table(
        out,
        CHOSEN,
        chosen.rows(),
        row -> {
          List<String> cells = cells(row);
          return List.of(cells.get(0), cells.get(1), cells.get(3), cells.get(4), cells.get(5));
        });
  }

  private static void table(
      StringBuilder out,
      List<String> headings,
      List<ReproductionRow> rows,
      Function<ReproductionRow, List<String>> cells) {
    out.append("| ").append(String.join(" | ", headings)).append(" |\n|---|---");
    out.append("|---:".repeat(headings.size() - 2)).append("|\n");
    for (ReproductionRow row : rows) {
      out.append(
          cells.apply(row).stream()
              .map(cell -> cell.replace("|", "\\|"))
              .map(cell -> row.mean() ? "**" + cell + "**" : cell)
              .collect(Collectors.joining(" | ", "| ", " |\n")));
    }
  }

  private static List<String> cells(ReproductionRow row) {
    return List.of(
        row.data(),
        row.model(),
        NumberText.meanSd(row.control()),
        NumberText.meanSd(row.treated()),
        NumberText.gain(row.uplift().mean()),
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
                + "uplift_high,parameters,parameters_added,seconds_none,seconds_mlora,wauc_chosen,"
                + "wauc_chosen_sd,chosen_uplift,chosen_low,chosen_high\n");
    List<ReproductionRow> rows = reproduction.rows();
    Optional<List<ReproductionRow>> chosen = reproduction.chosen().map(Reproduction::rows);
    for (int i = 0; i < rows.size(); i++) {
      ReproductionRow row = rows.get(i);
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
              number(row.secondsTreated()),
              chosen.isEmpty() ? ",,,," : chosen(chosen.get().get(i))));
      out.append('\n');
    }
    return out.toString();
  }

  private static String chosen(ReproductionRow row) {
    return String.join(
        ",",
        pair(row.treated()),
        number(row.uplift().mean()),
        number(row.uplift().low()),
        number(row.uplift().high()));
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
