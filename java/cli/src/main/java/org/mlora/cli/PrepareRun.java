package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.prepare.PreparationReport;
import org.mlora.data.prepare.Progress;
import org.mlora.report.NumberText;
import org.mlora.report.TextTable;

/** Runs a preparation, shows how far it is, and prints what it made. */
final class PrepareRun {
  private PrepareRun() {}

  static int execute(
      Context context, OutputFlags output, Function<Progress, PreparationReport> work) {
    context.interruption().needs(Interruption.Ending.CLEAN_UP);
    PreparationReport report;
    try (StatusLine status = new StatusLine(context.terminal(), output.quiet)) {
      report =
          work.apply(
              (rows, done, total) -> {
                context.interruption().check();
                status.update(() -> line(done, total));
              });
    }
    if (!output.quiet && (report.positives() == 0 || report.positives() == report.rows())) {
      context
          .terminal()
          .tell(
              "mlora: warning: all rows have label "
                  + (report.positives() == 0 ? 0 : 1)
                  + ", from which no model can learn anything; check the rule of the label");
    }
    output.print(context.terminal(), () -> json(report), () -> text(report, context));
    return ExitCode.DONE;
  }

  private static String line(long done, long total) {
    String read = NumberText.compactCount(done) + "B read";
    return total <= 0
        ? "preparing  " + read
        : String.format(Locale.ROOT, "preparing  %3.0f %%  %s", 100.0 * done / total, read);
  }

  private static String text(PreparationReport report, Context context) {
    DomainTable domains = new DomainTable();
    for (PreparationReport.Domain domain : report.domains()) {
      domains.row(
          domain.name(),
          domain.rows(),
          domain.positives(),
          domain.train(),
          domain.validation(),
          domain.test());
    }
    TextTable table =
        domains.with(
            report.rows(),
            report.positives(),
            sum(report, PreparationReport.Domain::train),
            sum(report, PreparationReport.Domain::validation),
            sum(report, PreparationReport.Domain::test));
    String ids =
        report.idCounts().entrySet().stream()
            .map(e -> e.getKey() + " " + NumberText.count(e.getValue()))
            .collect(Collectors.joining(", "));
    return table.render(context.terminal().charset())
        + "\n"
        + (ids.isEmpty() ? "" : "ids (with the one for unknown): " + ids + "\n")
        + withoutEmbedding(report)
        + leftOut("for having too few rows", report.tooSmall())
        + leftOut("by --exclude-domain", report.excluded())
        + String.format(
            Locale.ROOT,
            "%s rows read in %s (%.0f MB/s)%n",
            NumberText.count(report.rowsRead()),
            NumberText.duration(report.seconds()),
            report.bytesRead() / 1e6 / Math.max(report.seconds(), 1e-3))
        + "data set: "
        + report.folder();
  }

  private static long sum(PreparationReport report, ToLongFunction<PreparationReport.Domain> rows) {
    return report.domains().stream().mapToLong(rows).sum();
  }

  private static String withoutEmbedding(PreparationReport report) {
    if (report.rowsWithoutEmbedding().isEmpty()) {
      return "";
    }
    return report.rowsWithoutEmbedding().entrySet().stream()
        .map(e -> e.getKey() + " " + NumberText.percent((double) e.getValue() / report.rows(), 1))
        .collect(Collectors.joining(", ", "rows without a given embedding: ", "\n"));
  }

  private static String leftOut(String why, Map<String, Long> domains) {
    if (domains.isEmpty()) {
      return "";
    }
    long rows = domains.values().stream().mapToLong(Long::longValue).sum();
    return "left out "
        + why
        + ": "
        + domains.size()
        + (domains.size() == 1 ? " domain with " : " domains with ")
        + NumberText.count(rows)
        + " rows\n";
  }

  private static ObjectNode json(PreparationReport report) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("data", report.folder().toString());
    json.put("rows_read", report.rowsRead());
    json.put("rows", report.rows());
    json.put("positives", report.positives());
    ArrayNode domains = json.putArray("domains");
    for (PreparationReport.Domain domain : report.domains()) {
      domains
          .addObject()
          .put("domain", domain.name())
          .put("rows", domain.rows())
          .put("positives", domain.positives())
          .put("train", domain.train())
          .put("validation", domain.validation())
          .put("test", domain.test());
    }
    ObjectNode dropped = json.putObject("dropped_domains");
    report.tooSmall().forEach(dropped::put);
    ObjectNode excluded = json.putObject("excluded_domains");
    report.excluded().forEach(excluded::put);
    ObjectNode ids = json.putObject("id_counts");
    report.idCounts().forEach(ids::put);
    ObjectNode without = json.putObject("rows_without_embedding");
    report.rowsWithoutEmbedding().forEach(without::put);
    json.put("bytes_read", report.bytesRead());
    json.put("seconds", report.seconds());
    return json;
  }
}
