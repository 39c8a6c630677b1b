package org.mlora.data.table;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A table with further columns, made from each row. */
public final class ExtendedTable extends BufferedTable {
  private final TableReader base;
  private final List<String> header;
  private final List<Function<TableReader, byte[]>> extras;

  /**
   * Extends a table, which is closed with this one.
   *
   * @param names of the further columns
   * @param extras make the UTF-8 cell of each further column from the base row
   */
  public ExtendedTable(
      TableReader base, List<String> names, List<Function<TableReader, byte[]>> extras) {
    this.base = base;
    List<String> all = new ArrayList<>(base.header());
    all.addAll(names);
    this.header = List.copyOf(all);
    this.extras = List.copyOf(extras);
  }

  @Override
  public String source() {
    return base.source();
  }

  @Override
  public List<String> header() {
    return header;
  }

  @Override
  public boolean next() {
    if (!base.next()) {
      return false;
    }
    row.clear();
    for (int column = 0; column < base.header().size(); column++) {
      row.add(base.bytes(), base.start(column), base.end(column));
    }
    for (Function<TableReader, byte[]> extra : extras) {
      byte[] cell = extra.apply(base);
      row.add(cell, 0, cell.length);
    }
    return true;
  }

  @Override
  public long line() {
    return base.line();
  }

  @Override
  public long bytesRead() {
    return base.bytesRead();
  }

  @Override
  public void close() {
    base.close();
  }
}
