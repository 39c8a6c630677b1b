package org.mlora.testing;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.mlora.data.Column;
import org.mlora.data.Columns;

/** Copies of some rows, in any order. */
final class SelectedRows {
  private SelectedRows() {}

  static Columns of(Columns all, int[] rows) {
    Columns selected =
        new Columns(
            rows.length,
            all.fields().stream().map(column -> select(column, rows)).toList(),
            Buffers.ints(IntStream.of(rows).map(all.domains()::get).toArray()),
            select(all.labels(), rows));
    return all.weighted() ? selected.withWeights(select(all.weights(), rows)) : selected;
  }

  private static FloatBuffer select(FloatBuffer column, int[] rows) {
    float[] values = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      values[i] = column.get(rows[i]);
    }
    return Buffers.floats(values);
  }

  private static Column select(Column column, int[] rows) {
    if (column instanceof Column.Ids c) {
      return new Column.Ids(Buffers.ints(IntStream.of(rows).map(c.ids()::get).toArray()));
    } else if (column instanceof Column.Numbers c) {
      return new Column.Numbers(select(c.numbers(), rows));
    }
    Column.Bags bags = (Column.Bags) column;
    long[] offsets = new long[rows.length + 1];
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      for (long k = bags.offsets().get(rows[i]); k < bags.offsets().get(rows[i] + 1); k++) {
        ids.add(bags.ids().get((int) k));
      }
      offsets[i + 1] = ids.size();
    }
    return new Column.Bags(
        Buffers.longs(offsets), Buffers.ints(ids.stream().mapToInt(Integer::intValue).toArray()));
  }
}
