package org.mlora.cli;

import org.mlora.report.NumberText;
import org.mlora.report.TextTable;

/** The rows and positives of a data set by domain, as a table. */
final class DomainTable {
  private final TextTable table =
      TextTable.of(
          TextTable.Column.left("domain"),
          TextTable.Column.right("rows"),
          TextTable.Column.right("positive"),
          TextTable.Column.right("rate"),
          TextTable.Column.right("train"),
          TextTable.Column.right("validation"),
          TextTable.Column.right("test"));

  void row(String domain, long rows, long positives, long train, long validation, long test) {
    table.row(
        domain,
        NumberText.count(rows),
        NumberText.count(positives),
        NumberText.percent((double) positives / rows, 1),
        NumberText.count(train),
        NumberText.count(validation),
        NumberText.count(test));
  }

  /** The table, with the last row for all domains. */
  TextTable with(long rows, long positives, long train, long validation, long test) {
    table.rule();
    row("all", rows, positives, train, validation, test);
    return table;
  }
}
