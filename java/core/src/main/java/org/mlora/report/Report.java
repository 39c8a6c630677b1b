package org.mlora.report;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.mlora.data.store.AtomicFile;

/**
 * A report of one data set and one or several adapter settings, as one HTML file: style, script and
 * drawings are inside, and nothing is fetched.
 */
public final class Report {
  /** Domains drawn one by one; the smaller ones beyond are one row. */
  static final int DRAWN_DOMAINS = 40;

  /** With more domains than this, gain is drawn against size too. */
  private static final int MANY_DOMAINS = 12;

  /** Its file name in the folder of what it reports. */
  public static final String NAME = "report.html";

  private Report() {}

  /**
   * Writes the report, replacing the file only once it is complete.
   *
   * @throws org.mlora.error.InvalidInputException if the file cannot be written
   */
  public static void write(ReportData data, Path file) {
    AtomicFile.write(file, html(data));
  }

  /** The report as a document. */
  public static String html(ReportData data) {
    if (data.settings().isEmpty()
        || data.settings().stream().anyMatch(setting -> setting.runs().isEmpty())) {
      throw new IllegalArgumentException("a report needs a setting, and a run in each");
    }
    return Page.html(
        data.title(),
        List.of("Result", "Domains", "Training", "Calibration", "Data", "Numbers"),
        out -> body(out, data));
  }

  private static void body(Markup out, ReportData data) {
    List<Series> series = Series.of(data);
    List<DomainRow> rows = DomainRow.of(data);
    List<DomainRow> drawn = DomainRow.largest(rows, DRAWN_DOMAINS);
    title(out, data);
    Headline.draw(out, data, series);

    Page.section(out, "domains", "AUC by domain", domainsNote(rows, series));
    DomainAucChart.draw(out, drawn, series);
    if (rows.size() > MANY_DOMAINS) {
      GainChart.draw(out, rows, series.get(series.size() - 1));
    }
    out.close();

    if (LearningCurves.drawable(series)) {
      Page.section(out, "training", "Learning curves", trainingNote(data));
      LearningCurves.draw(out, series);
      out.close();
    }

    if (CalibrationChart.drawable(series)) {
      calibration(out, data, series);
    }

    Page.section(out, "data", "Data", dataNote(data, rows));
    parts(out, data.data());
    SizeChart.draw(out, drawn);
    out.close();

    Page.section(
        out,
        "numbers",
        "Numbers",
        several(data)
            ? "Mean ± standard deviation over the seeds."
            : "On the rows of the " + Series.split(series) + " split.");
    NumberTables.metrics(out, data, series);
    NumberTables.costs(out, series);
    NumberTables.domains(out, rows, series);
    out.close();

    Page.configuration(out, data.configuration());
    glossary(out);
  }

  private static void calibration(Markup out, ReportData data, List<Series> series) {
    Page.section(
        out,
        "calibration",
        "Calibration",
        "How often a click follows a prediction."
            + " On the dashed line, predicted and observed rates agree.");
    Series.legend(out, series, false);
    out.open("div", "class", "pair");
    CalibrationChart.curves(out, series);
    out.open("div");
    CalibrationChart.shares(out, series);
    NumberTables.calibration(out, data, series);
    out.close().close();
    out.close();
  }

  private static void title(Markup out, ReportData data) {
    long rows = data.data().parts().stream().mapToLong(ReportData.Part::rows).sum();
    out.open("div", "class", "title");
    out.leaf("h1", data.title());
    if (!data.subtitle().isEmpty()) {
      out.leaf("p", data.subtitle(), "class", "subtitle");
    }
    out.open("ul", "class", "facts");
    fact(out, "Data set", data.data().name());
    fact(out, "Rows", NumberText.count(rows));
    String domains = NumberText.count(data.data().domains().size());
    fact(out, "Domains", domains + " by " + data.data().domainColumn());
    fact(out, "Label", data.data().labelRule());
    data.data().weightColumn().ifPresent(column -> fact(out, "Row weights", column));
    out.close().close();
  }

  private static void fact(Markup out, String name, String value) {
    out.open("li").text(name + " ").leaf("strong", value).close();
  }

  private static void parts(Markup out, ReportData.Data data) {
    out.open("ul", "class", "parts");
    for (ReportData.Part part : data.parts()) {
      double rate = part.rows() == 0 ? Double.NaN : (double) part.positives() / part.rows();
      out.open("li").leaf("span", part.split(), "class", "kicker");
      out.leaf("strong", NumberText.count(part.rows()));
      out.leaf(
          "span",
          NumberText.count(part.positives()) + " positive, " + NumberText.percent(rate, 2),
          "class",
          "note");
      out.close();
    }
    out.close();
  }

  private static String trainingNote(ReportData data) {
    boolean some =
        runs(data).flatMap(run -> run.epochs().stream()).anyMatch(epoch -> !epoch.ofAllRows());
    return (several(data)
            ? "A thin line is one seed, the thick line their mean. Marks show the epochs whose weights"
                + " were kept."
            : "The mark shows the epoch whose weights were kept.")
        + (some
            ? " Epochs that train one expert are not drawn: their results are of its domains alone."
            : "");
  }

  private static Stream<ReportData.Run> runs(ReportData data) {
    return data.settings().stream().flatMap(setting -> setting.runs().stream());
  }

  private static boolean several(ReportData data) {
    return data.settings().stream().anyMatch(setting -> setting.runs().size() > 1);
  }

  private static String domainsNote(List<DomainRow> rows, List<Series> series) {
    if (series.size() < 2) {
      return "The largest domain on top.";
    }
    long defined = rows.stream().filter(row -> !Double.isNaN(row.gain())).count();
    if (defined == 0) {
      return "The AUC of a domain is undefined where its "
          + Series.split(series)
          + " rows have one class only.";
    }
    long better = rows.stream().filter(row -> row.gain() > 0).count();
    long worse = rows.stream().filter(row -> row.gain() < 0).count();
    return series.get(series.size() - 1).label()
        + " has a higher AUC than "
        + series.get(0).labelInside()
        + " in "
        + NumberText.count(better)
        + " of "
        + NumberText.count(defined)
        + " domains, a lower one in "
        + NumberText.count(worse)
        + " and the same in "
        + NumberText.count(defined - better - worse)
        + ". The largest domain on top.";
  }

  private static String dataNote(ReportData data, List<DomainRow> rows) {
    if (rows.isEmpty()) {
      return data.data().name();
    }
    DomainRow largest = rows.get(0);
    DomainRow smallest = rows.get(rows.size() - 1);
    return "The largest domain has "
        + NumberText.count(largest.rows())
        + " rows, the smallest "
        + NumberText.count(smallest.rows())
        + ". Base rate is the share of rows with label 1.";
  }

  private static void glossary(Markup out) {
    out.open("footer");
    out.leaf(
        "p",
        "AUC is exact: the chance that a random positive scores above a random negative, ties one"
            + " half. WAUC is the mean of the domains' AUC weighted by their rows, mean AUC the"
            + " unweighted mean; domains with one class are left out. Log loss is per row. PCOC is"
            + " the mean prediction over the mean label. ECE is the mean distance of predicted and"
            + " observed rate over 15 bins of equal width. Intervals are Student's t over"
            + " differences of runs with the same seed.");
    out.close();
  }
}
