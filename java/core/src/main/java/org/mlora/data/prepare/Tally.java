package org.mlora.data.prepare;

import java.util.ArrayList;
import java.util.List;
import org.mlora.data.Split;

/** Counts of the kept rows by domain and part. */
final class Tally {
  private final List<String> names;
  private final long[] rows;
  private final long[] positives;

  /** Of domains with these names, no rows yet. */
  Tally(List<String> names) {
    this.names = names;
    this.rows = new long[3 * names.size()];
    this.positives = new long[names.size()];
  }

  /** Counts a row that is kept. */
  void add(int code) {
    rows[3 * RowCode.domain(code) + RowCode.part(code)]++;
    positives[RowCode.domain(code)] += RowCode.label(code);
  }

  long positives() {
    long sum = 0;
    for (long n : positives) {
      sum += n;
    }
    return sum;
  }

  long rows() {
    return rows(Split.TRAIN) + rows(Split.VALIDATION) + rows(Split.TEST);
  }

  long rows(Split split) {
    long sum = 0;
    for (int domain = 0; domain < names.size(); domain++) {
      sum += rows[3 * domain + split.ordinal()];
    }
    return sum;
  }

  List<PreparationReport.Domain> domains() {
    List<PreparationReport.Domain> domains = new ArrayList<>();
    for (int d = 0; d < names.size(); d++) {
      long train = rows[3 * d];
      long validation = rows[3 * d + 1];
      long test = rows[3 * d + 2];
      domains.add(
          new PreparationReport.Domain(
              names.get(d), train + validation + test, positives[d], train, validation, test));
    }
    return domains;
  }
}
