package org.mlora.data.prepare;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a preparation did.
 *
 * @param rowsRead rows of the input
 * @param rows rows kept
 * @param positives kept rows with label 1
 * @param domains the domains kept, in the order of their ids
 * @param tooSmall rows of the domains left out for having too few, by name
 * @param excluded rows of the domains left out by name, by name
 * @param idCounts rows of the tables of fields with ids, the unknown row included, by field
 * @param rowsWithoutEmbedding kept rows whose text has no embedding, by field with given ones
 * @param bytesRead size of the input read
 */
public record PreparationReport(
    Path folder,
    long rowsRead,
    long rows,
    long positives,
    List<Domain> domains,
    Map<String, Long> tooSmall,
    Map<String, Long> excluded,
    Map<String, Integer> idCounts,
    Map<String, Long> rowsWithoutEmbedding,
    long bytesRead,
    double seconds) {
  /** Copies lists and maps. */
  public PreparationReport {
    domains = List.copyOf(domains);
    tooSmall = Collections.unmodifiableMap(new LinkedHashMap<>(tooSmall));
    excluded = Collections.unmodifiableMap(new LinkedHashMap<>(excluded));
    idCounts = Collections.unmodifiableMap(new LinkedHashMap<>(idCounts));
    rowsWithoutEmbedding = Collections.unmodifiableMap(new LinkedHashMap<>(rowsWithoutEmbedding));
  }

  /** Rows of one domain, in all and by part. */
  public record Domain(
      String name, long rows, long positives, long train, long validation, long test) {}
}
