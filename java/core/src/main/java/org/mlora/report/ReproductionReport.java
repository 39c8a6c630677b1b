package org.mlora.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.mlora.data.store.AtomicFile;
import org.mlora.metric.PairedDifference;

/** The paper's table with its charts as one HTML file, which fetches nothing. */
public final class ReproductionReport {
  private ReproductionReport() {}

  /**
   * Writes the report, replacing the file only once it is complete.
   *
   * @throws org.mlora.error.InvalidInputException if the file cannot be written
   */
  public static void write(Reproduction reproduction, Path file) {
    AtomicFile.write(file, html(reproduction));
  }

  /** The report as a document. */
  public static String html(Reproduction reproduction) {
    return Page.html(
        reproduction.title(), List.of("Uplift", "Numbers", "Cost"), out -> body(out, reproduction));
  }

  private static void body(Markup out, Reproduction reproduction) {
    out.open("div", "class", "title").leaf("h1", reproduction.title());
    if (!reproduction.subtitle().isEmpty()) {
      out.leaf("p", reproduction.subtitle(), "class", "subtitle");
    }
    out.close();
    Page.section(
        out,
        "uplift",
        "Uplift",
        "Test WAUC with adapters minus without, all else equal, paired by seed, with its 95 %"
            + " interval.");
    for (String data : reproduction.dataSets()) {
      List<ReproductionRow> rows = reproduction.rows(data);
      out.leaf("h3", data).leaf("p", claim(rows), "class", "note");
      UpliftChart.draw(out, data, rows);
    }
    out.close();
    Page.section(
        out,
        "numbers",
        "Numbers",
        "Test WAUC, mean ± standard deviation over the seeds. Chosen: of each seed the side that"
            + " validation rows prefer, and its uplift.");
    table(out, reproduction);
    out.close();
    Page.section(out, "cost", "Cost", "Training and validation of one run, on average.");
    for (String data : reproduction.dataSets()) {
      out.leaf("h3", data);
      CostChart.draw(out, data, reproduction.rows(data));
    }
    out.close();
    Page.configuration(out, reproduction.configuration());
  }

  private static String claim(List<ReproductionRow> rows) {
    List<ReproductionRow> models = rows.stream().filter(row -> !row.mean()).toList();
    long better = models.stream().filter(row -> row.uplift().low() > 0).count();
    long worse = models.stream().filter(row -> row.uplift().high() < 0).count();
    String claim =
        "Clearly better with adapters: "
            + better
            + " of "
            + models.size()
            + (models.size() == 1 ? " model" : " models")
            + "; clearly worse: "
            + worse
            + ".";
    ReproductionRow last = rows.get(rows.size() - 1);
    PairedDifference mean = last.uplift();
    if (!last.mean() || mean.pairs() < 2) {
      return claim;
    }
    return claim
        + (mean.excludesZero()
            ? " On average over the models adapters " + (mean.mean() > 0 ? "help." : "harm.")
            : " On average over the models the interval contains zero.");
  }

  private static void table(Markup out, Reproduction reproduction) {
    out.open("div", "class", "table").open("table").leaf("caption", "Test WAUC");
    out.open("thead").open("tr");
    for (String heading :
        List.of(
            "Model, data",
            "No adapter",
            "MLoRA",
            "Uplift",
            "Chosen",
            "Parameters",
            "Added",
            "Time")) {
      out.leaf("th", heading, "scope", "col");
    }
    out.close().close().open("tbody");
    List<ReproductionRow> rows = reproduction.rows();
    Optional<List<ReproductionRow>> chosen = reproduction.chosen().map(Reproduction::rows);
    for (int i = 0; i < rows.size(); i++) {
      ReproductionRow row = rows.get(i);
      if (row.mean()) {
        out.open("tr", "class", "total");
      } else {
        out.open("tr");
      }
      out.open("th", "scope", "row").text(row.model()).leaf("small", row.data()).close();
      out.leaf("td", NumberText.meanSd(row.control()));
      out.leaf("td", NumberText.meanSd(row.treated()));
      out.open("td").text(NumberText.difference(row.uplift().mean()));
      if (row.uplift().pairs() > 1) {
        out.leaf("small", NumberText.typeset(row.interval()));
      }
      out.close();
      chosen(out, chosen.isEmpty() ? Optional.empty() : Optional.of(chosen.get().get(i)));
      out.leaf("td", NumberText.count(row.parameters()));
      out.open("td").text(NumberText.count(row.added()));
      out.leaf("small", row.share()).close();
      out.open("td").text(NumberText.duration(row.secondsControl()));
      out.leaf("small", "MLoRA " + NumberText.duration(row.secondsTreated())).close();
      out.close();
    }
    out.close().close().close();
  }

  /** What validation chooses of each seed, and its uplift. */
  private static void chosen(Markup out, Optional<ReproductionRow> chosen) {
    out.open("td")
        .text(chosen.map(row -> NumberText.meanSd(row.treated())).orElse(NumberText.UNDEFINED));
    chosen.ifPresent(row -> out.leaf("small", NumberText.difference(row.uplift().mean())));
    out.close();
  }
}
