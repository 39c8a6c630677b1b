package org.mlora.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A report of one data set and one or several adapter settings, as one HTML file: style, script and
 * drawings are inside, and nothing is fetched.
 */
public final class Report {
  /** Domains drawn one by one; the smaller ones beyond are one row. */
  static final int DRAWN_DOMAINS = 40;

  /** With more domains than this, gain is drawn against size too. */
  private static final int MANY_DOMAINS = 12;

  private Report() {}

  /**
   * Writes the report, replacing the file only once it is complete.
   *
   * @throws org.mlora.error.InvalidInputException if the file cannot be written
   */
  public static void write(ReportData data, Path file) {
    AtomicText.write(file, html(data));
  }

  /** The report as a document. */
  public static String html(ReportData data) {
    if (data.settings().isEmpty()
        || data.settings().stream().anyMatch(setting -> setting.runs().isEmpty())) {
      throw new IllegalArgumentException("a report needs a setting, and a run in each");
    }
    Markup out = new Markup();
    out.trusted("<!doctype html>\n").open("html", "lang", "en");
    head(out, data);
    out.open("body");
    bar(out);
    out.open("main");
    body(out, data);
    out.close();
    out.open("div", "id", "tip", "role", "tooltip", "hidden", "").close();
    out.open("script").trusted(resource("report.js")).close();
    out.close().close();
    return out.toString();
  }

  private static void head(Markup out, ReportData data) {
    out.open("head");
    out.trusted("<meta charset=\"utf-8\">\n");
    out.trusted("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.trusted(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src"
            + " 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
    out.leaf("title", data.title());
    out.open("style").trusted(resource("report.css")).close();
    out.close();
  }

  private static void bar(Markup out) {
    out.open("header", "class", "bar");
    out.leaf("span", "MLoRA", "class", "brand");
    out.open("nav", "aria-label", "Sections");
    for (String name : List.of("Result", "Domains", "Training", "Calibration", "Data", "Numbers")) {
      out.leaf("a", name, "href", "#" + name.toLowerCase(Locale.ROOT));
    }
    out.close();
    out.open("fieldset", "class", "theme").leaf("legend", "Theme", "class", "unseen");
    for (String theme : List.of("Auto", "Light", "Dark")) {
      String value = theme.toLowerCase(Locale.ROOT);
      out.open("label");
      out.shape("input", "type", "radio", "name", "theme", "value", value);
      out.leaf("span", theme).close();
    }
    out.close().close();
  }

  private static void body(Markup out, ReportData data) {
    List<Series> series = Series.of(data);
    List<DomainRow> rows = DomainRow.of(data);
    List<DomainRow> drawn = DomainRow.largest(rows, DRAWN_DOMAINS);
    title(out, data);
    Headline.draw(out, data, series);

    section(out, "domains", "AUC by domain", domainsNote(rows, series));
    DomainAucChart.draw(out, drawn, series);
    if (rows.size() > MANY_DOMAINS) {
      GainChart.draw(out, rows, series.get(series.size() - 1));
    }
    out.close();

    if (LearningCurves.drawable(series)) {
      section(out, "training", "Learning curves", trainingNote(data));
      LearningCurves.draw(out, series);
      out.close();
    }

    if (CalibrationChart.drawable(series)) {
      calibration(out, data, series);
    }

    section(out, "data", "Data", dataNote(data, rows));
    parts(out, data.data());
    SizeChart.draw(out, drawn);
    out.close();

    section(
        out,
        "numbers",
        "Numbers",
        several(data)
            ? "Mean ± standard deviation over the seeds."
            : "On the rows of the test split.");
    NumberTables.metrics(out, data, series);
    NumberTables.costs(out, series);
    NumberTables.domains(out, rows, series);
    out.close();

    configuration(out, data);
    glossary(out);
  }

  private static void calibration(Markup out, ReportData data, List<Series> series) {
    section(
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
    return several(data)
        ? "A thin line is one seed, the thick line their mean. Marks show the epochs whose weights"
            + " were kept."
        : "The mark shows the epoch whose weights were kept.";
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
      return "The AUC of a domain is undefined where its test rows have one class only.";
    }
    long better = rows.stream().filter(row -> row.gain() > 0).count();
    return series.get(series.size() - 1).label()
        + " has the higher AUC in "
        + NumberText.count(better)
        + " of "
        + NumberText.count(defined)
        + " domains. The largest domain on top.";
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

  private static void section(Markup out, String id, String heading, String note) {
    out.open("section", "id", id, "aria-labelledby", id + "-heading");
    out.leaf("h2", heading, "id", id + "-heading");
    out.leaf("p", note, "class", "note");
  }

  private static void configuration(Markup out, ReportData data) {
    if (data.configuration().isEmpty()) {
      return;
    }
    out.open("section", "id", "configuration", "aria-labelledby", "configuration-heading");
    out.leaf("h2", "Configuration", "id", "configuration-heading");
    out.open("dl", "class", "configuration");
    for (Map.Entry<String, String> entry : data.configuration()) {
      out.open("div").leaf("dt", entry.getKey()).leaf("dd", entry.getValue()).close();
    }
    out.close().close();
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

  private static String resource(String name) {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
