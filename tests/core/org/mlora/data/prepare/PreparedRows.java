package org.mlora.data.prepare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.Vocabularies;

/** The rows of a prepared data set as texts. */
final class PreparedRows {
  private PreparedRows() {}

  record Row(Split split, String user, String item, String domain, boolean positive) {}

  static List<Row> of(Path folder) {
    List<Row> rows = new ArrayList<>();
    try (Dataset data = Dataset.open(folder)) {
      Vocabularies texts = data.vocabularies();
      for (Split split : Split.values()) {
        Columns columns = data.columns(split);
        for (int row = 0; row < columns.rows(); row++) {
          rows.add(
              new Row(
                  split,
                  texts.of("user_id").text(id(columns, 0, row)),
                  texts.of("item_id").text(id(columns, 1, row)),
                  data.schema().domains().get(columns.domains().get(row)),
                  columns.labels().get(row) == 1f));
        }
      }
    }
    return rows;
  }

  private static int id(Columns columns, int field, int row) {
    return ((Column.Ids) columns.fields().get(field)).ids().get(row);
  }
}
