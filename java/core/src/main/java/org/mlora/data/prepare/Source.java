package org.mlora.data.prepare;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableReader;

/**
 * Tables and how their rows are to be read.
 *
 * @param tables opened one after the other, each with the columns named below
 * @param bytes size of all tables, 0 where it is not known
 * @param weightColumn says how much each row counts; empty: 1
 * @param domainOrder the domains in the order of their ids; empty: by number where all are whole
 *     numbers, else by code point
 * @param vocabularyOfAllRows whether ids found only in validation or test rows get rows of their
 *     own; otherwise they are unknown
 */
record Source(
    List<Supplier<TableReader>> tables,
    long bytes,
    LabelRule label,
    String domainColumn,
    Optional<String> weightColumn,
    Optional<List<String>> domainOrder,
    List<FieldRequest> fields,
    SplitRule split,
    boolean vocabularyOfAllRows) {}
