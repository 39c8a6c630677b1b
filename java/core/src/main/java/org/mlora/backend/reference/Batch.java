package org.mlora.backend.reference;

import java.util.List;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.network.Network;

/**
 * The rows of a batch.
 *
 * @param rows places of the batch's rows in the columns
 */
record Batch(Columns columns, int[] rows) {
  int size() {
    return rows.length;
  }

  /** The domain of the batch's row i, -1 for unknown. */
  int domain(int i) {
    return columns.domains().get(rows[i]);
  }

  double label(int i) {
    return columns.labels().get(rows[i]);
  }

  double weight(int i) {
    return columns.outcomes().weight(rows[i]);
  }

  /** The id of row i; the domain for {@link Network#DOMAIN}. */
  int id(int input, int i) {
    return input == Network.DOMAIN ? domain(i) : ((Column.Ids) column(input)).ids().get(rows[i]);
  }

  double number(int input, int i) {
    return ((Column.Numbers) column(input)).numbers().get(rows[i]);
  }

  int[] bag(int input, int i) {
    Column.Bags bags = (Column.Bags) column(input);
    int from = (int) bags.offsets().get(rows[i]);
    int[] ids = new int[(int) bags.offsets().get(rows[i] + 1) - from];
    bags.ids().get(from, ids);
    return ids;
  }

  private Column column(int input) {
    List<Column> fields = columns.fields();
    return fields.get(input);
  }
}
