package org.mlora.data;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TextList;

/** Turns the cells of one field into a column. */
interface CellEncoder {
  /** Encodes a cell of the table's current row as that row of the batch; rows come in order. */
  void put(int row, TableReader table, int column);

  /** The column of the rows so far. */
  Column column(int rows);

  /** Starts the next batch. */
  void clear();

  static CellEncoder of(Field field, Vocabularies vocabularies, int capacity) {
    if (field instanceof Field.Numeric numeric) {
      return new Number(numeric, capacity);
    }
    if (field instanceof Field.MultiValued multi) {
      return new Bag(multi, TextId.of(field, vocabularies), capacity);
    }
    if (field.idRule().orElseThrow() instanceof Field.IdRule.Vocabulary) {
      return new Word(vocabularies.of(field.name()), capacity);
    }
    return new Id(TextId.of(field, vocabularies), capacity);
  }

  /** Numeric fields. */
  final class Number implements CellEncoder {
    private final Field.Numeric field;
    private final FloatBuffer numbers;

    Number(Field.Numeric field, int capacity) {
      this.field = field;
      this.numbers = DirectBuffers.floats(capacity);
    }

    @Override
    public void put(int row, TableReader table, int column) {
      double x = NumberCell.read(table, column, field.name());
      numbers.put(row, NumberCell.transform(field.transform(), x));
    }

    @Override
    public Column column(int rows) {
      return new Column.Numbers(numbers.slice(0, rows));
    }

    @Override
    public void clear() {
      // Rows overwrite the last batch.
    }
  }

  /** Fields with one id of a vocabulary, which is looked up with those of other rows. */
  final class Word implements CellEncoder {
    private final VocabularyQueue queue;
    private final IntBuffer ids;

    Word(Vocabulary vocabulary, int capacity) {
      this.ids = DirectBuffers.ints(capacity);
      this.queue = VocabularyQueue.finding(vocabulary, (found, count) -> ids.put(found, 0, count));
    }

    @Override
    public void put(int row, TableReader table, int column) {
      queue.add(table.bytes(), table.start(column), table.end(column));
    }

    @Override
    public Column column(int rows) {
      queue.flush();
      return new Column.Ids(ids.slice(0, rows));
    }

    @Override
    public void clear() {
      queue.flush();
      ids.clear();
    }
  }

  /** Fields with one id that follows from its text. */
  final class Id implements CellEncoder {
    private final TextId rule;
    private final IntBuffer ids;

    Id(TextId rule, int capacity) {
      this.rule = rule;
      this.ids = DirectBuffers.ints(capacity);
    }

    @Override
    public void put(int row, TableReader table, int column) {
      ids.put(row, rule.of(table, table.bytes(), table.start(column), table.end(column)));
    }

    @Override
    public Column column(int rows) {
      return new Column.Ids(ids.slice(0, rows));
    }

    @Override
    public void clear() {
      // Rows overwrite the last batch.
    }
  }

  /** Fields with a list of ids. */
  final class Bag implements CellEncoder {
    private final TextId rule;
    private final byte[] separator;
    private final LongBuffer offsets;
    private IntBuffer ids;
    private int length;

    Bag(Field.MultiValued field, TextId rule, int capacity) {
      this.rule = rule;
      this.separator = field.separator().getBytes(StandardCharsets.UTF_8);
      this.offsets = DirectBuffers.longs(capacity + 1);
      this.ids = DirectBuffers.ints(4 * capacity);
    }

    @Override
    public void put(int row, TableReader table, int column) {
      TextList.forEach(
          table.bytes(),
          table.start(column),
          table.end(column),
          separator,
          (bytes, from, to) -> append(rule.of(table, bytes, from, to)));
      offsets.put(row + 1, length);
    }

    private void append(int id) {
      if (length == ids.capacity()) {
        IntBuffer larger = DirectBuffers.ints(Math.multiplyExact(2, length));
        ids = larger.put(0, ids, 0, length);
      }
      ids.put(length++, id);
    }

    @Override
    public Column column(int rows) {
      return new Column.Bags(offsets.slice(0, rows + 1), ids.slice(0, (int) offsets.get(rows)));
    }

    @Override
    public void clear() {
      length = 0;
    }
  }
}
