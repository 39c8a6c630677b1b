package org.mlora.data.prepare;

import java.util.List;
import java.util.Optional;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableSource;

/**
 * Tables and how their rows are to be read.
 *
 * @param tables opened one after the other, each with the columns named below
 * @param weightColumn says how much each row counts; empty: 1
 * @param domainOrder the domains in the order of their ids; empty: by number where all are whole
 *     numbers, else by code point
 * @param vocabularyOfAllRows whether ids found only in validation or test rows get rows of their
 *     own; otherwise they are unknown
 */
record Source(
    List<TableSource> tables,
    LabelRule label,
    String domainColumn,
    Optional<String> weightColumn,
    Optional<List<String>> domainOrder,
    List<FieldRequest> fields,
    SplitRule split,
    boolean vocabularyOfAllRows) {
  /** Size of all tables, 0 where it is not known. */
  long bytes() {
    return tables.stream().mapToLong(TableSource::bytes).sum();
  }
}
