package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.mlora.metric.ComparisonJson;
import org.mlora.report.Report;
import org.mlora.report.ReportData;

/** What is kept of a comparison beside its runs: {@code comparison.json} and a report. */
final class ComparisonFiles {
  private ComparisonFiles() {}

  /** Writes both and gives the report's place. */
  static Path write(ReportData report, ObjectNode json, Path folder) {
    Path page = folder.resolve(Report.NAME);
    Report.write(report, page);
    TextFile.write(folder.resolve("comparison.json"), json.toPrettyString());
    return page;
  }

  /** The same with the comparison's own JSON. */
  static Path write(ReportData report, Path folder) {
    return write(report, ComparisonJson.toJson(report.comparison()), folder);
  }
}
