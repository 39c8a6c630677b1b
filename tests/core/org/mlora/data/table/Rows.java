package org.mlora.data.table;

import java.util.ArrayList;
import java.util.List;

/** What a reader has, as text. */
final class Rows {
  private Rows() {}

  /** The rows that are left, which the reader stays open after. */
  static List<List<String>> of(TableReader reader) {
    List<List<String>> rows = new ArrayList<>();
    while (reader.next()) {
      List<String> row = new ArrayList<>();
      for (int i = 0; i < reader.header().size(); i++) {
        row.add(reader.text(i));
      }
      rows.add(row);
    }
    return rows;
  }
}
