package org.mlora.train;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.DirectBuffers;

/** Copies the rows of some domains. */
final class DomainRows {
  private final int[] rows;

  private DomainRows(int[] rows) {
    this.rows = rows;
  }

  static Columns of(Columns all, int domain) {
    return of(all, d -> d == domain);
  }

  /** The rows whose domain, -1 for unknown, is one of those asked for. */
  static Columns of(Columns all, IntPredicate domains) {
    return new DomainRows(
            IntStream.range(0, all.rows())
                .filter(i -> domains.test(all.domains().get(i)))
                .toArray())
        .copied(all);
  }

  /** The rows of each domain, perhaps none; all rows are gone through only once. */
  static List<Columns> each(Columns all, int domains) {
    List<IntStream.Builder> rows = Stream.generate(IntStream::builder).limit(domains).toList();
    for (int row = 0; row < all.rows(); row++) {
      int domain = all.domains().get(row);
      if (domain >= 0) {
        rows.get(domain).add(row);
      }
    }
    return rows.stream().map(of -> new DomainRows(of.build().toArray()).copied(all)).toList();
  }

  private Columns copied(Columns all) {
    List<Column> fields = all.fields().stream().map(this::column).toList();
    Columns columns = new Columns(rows.length, fields, ints(all.domains()), floats(all.labels()));
    return all.weighted() ? columns.withWeights(floats(all.weights())) : columns;
  }

  private Column column(Column column) {
    if (column instanceof Column.Ids c) {
      return new Column.Ids(ints(c.ids()));
    }
    if (column instanceof Column.Numbers c) {
      return new Column.Numbers(floats(c.numbers()));
    }
    if (column instanceof Column.Bags c) {
      return bags(c);
    }
    throw new IllegalArgumentException("unknown column " + column);
  }

  private Column bags(Column.Bags bags) {
    LongBuffer offsets = DirectBuffers.longs(rows.length + 1);
    long count = 0;
    for (int i = 0; i < rows.length; i++) {
      count += bags.offsets().get(rows[i] + 1) - bags.offsets().get(rows[i]);
      offsets.put(i + 1, count);
    }
    IntBuffer ids = DirectBuffers.ints(Math.toIntExact(count));
    for (int row : rows) {
      int from = Math.toIntExact(bags.offsets().get(row));
      int length = Math.toIntExact(bags.offsets().get(row + 1)) - from;
      ids.put(bags.ids().slice(from, length));
    }
    return new Column.Bags(offsets, ids.rewind());
  }

  private IntBuffer ints(IntBuffer source) {
    IntBuffer target = DirectBuffers.ints(rows.length);
    for (int i = 0; i < rows.length; i++) {
      target.put(i, source.get(rows[i]));
    }
    return target;
  }

  private FloatBuffer floats(FloatBuffer source) {
    FloatBuffer target = DirectBuffers.floats(rows.length);
    for (int i = 0; i < rows.length; i++) {
      target.put(i, source.get(rows[i]));
    }
    return target;
  }
}
