package org.mlora.cuda.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.data.Column;
import org.mlora.data.Columns;

/**
 * Device memory for columns of so many rows and for their predictions. Ids of bags, whose number
 * differs from batch to batch, come after all other columns.
 */
final class ColumnArena implements ColumnPlaces, AutoCloseable {
  private final Columns columns;
  private final int rows;
  private final Arena arena;
  private final List<Place> fields = new ArrayList<>();
  private final Set<Room> told = new HashSet<>();
  private final long domains;
  private final long labels;
  private final long weights;
  private final long ids;
  private final long predictions;

  /**
   * Where a field lies, in bytes from the start.
   *
   * @param values ids or numbers
   * @param offsets of bags
   * @param room for so many values
   */
  record Place(long values, long offsets, long room) {}

  /** Ids that any so many rows of a field were said to have at most. */
  private record Room(int input, int rows, long ids) {}

  /**
   * Lays columns out; memory is taken by {@link #allocate}.
   *
   * @param columns of which kind they are
   * @param mostIds room for ids of a bag column
   */
  ColumnArena(
      DeviceRuntime runtime,
      String purpose,
      Columns columns,
      int rows,
      ToLongFunction<Column.Bags> mostIds) {
    this.columns = columns;
    this.rows = rows;
    this.arena = new Arena(runtime, purpose);
    long[] places = new long[columns.fields().size()];
    for (int i = 0; i < places.length; i++) {
      boolean bags = columns.fields().get(i) instanceof Column.Bags;
      places[i] = arena.reserve(bags ? 8L * (rows + 1) : 4L * rows);
    }
    this.domains = arena.reserve(4L * rows);
    this.labels = arena.reserve(columns.labels().limit() > 0 ? 4L * rows : 0);
    this.weights = arena.reserve(columns.weighted() ? 4L * rows : 0);
    this.ids = arena.bytes();
    for (int i = 0; i < places.length; i++) {
      if (columns.fields().get(i) instanceof Column.Bags b) {
        long room = mostIds.applyAsLong(b);
        fields.add(new Place(arena.reserve(4 * room), places[i], room));
      } else {
        fields.add(new Place(places[i], 0, rows));
      }
    }
    this.predictions = arena.reserve(8L * rows);
  }

  void allocate() {
    arena.allocate();
  }

  /** Bytes of all, of the columns alone, which come first, and of those before the ids of bags. */
  long bytes() {
    return arena.bytes();
  }

  long columnBytes() {
    return predictions;
  }

  long bytesBeforeIds() {
    return ids;
  }

  /** The address of all. */
  long address() {
    return arena.at(0);
  }

  Place field(int input) {
    return fields.get(input);
  }

  /** Places in bytes from the start. */
  long domainPlace() {
    return domains;
  }

  long labelPlace() {
    return labels;
  }

  long weightPlace() {
    return weights;
  }

  @Override
  public long values(int input) {
    return arena.at(fields.get(input).values());
  }

  @Override
  public long offsets(int input) {
    return arena.at(fields.get(input).offsets());
  }

  @Override
  public long domains() {
    return arena.at(domains);
  }

  @Override
  public long labels() {
    return arena.at(labels);
  }

  @Override
  public long weights() {
    return columns.weighted() ? arena.at(weights) : 0;
  }

  @Override
  public long logits() {
    return arena.at(predictions);
  }

  @Override
  public long probabilities() {
    return arena.at(predictions) + 4L * rows;
  }

  @Override
  public long mostIds(int input, int count) {
    long ids = now(input, count);
    told.add(new Room(input, count, ids));
    return ids;
  }

  private long now(int input, int count) {
    return mostIds((Column.Bags) columns.fields().get(input), columns.rows(), count);
  }

  /** Whether columns, as they are now, fit into the room that they and passes over them have. */
  boolean fits() {
    return IntStream.range(0, fields.size())
            .filter(i -> columns.fields().get(i) instanceof Column.Bags)
            .allMatch(i -> now(i, rows) <= fields.get(i).room())
        && told.stream().allMatch(room -> now(room.input(), room.rows()) <= room.ids());
  }

  /** Nothing that was made for the columns as they were is left. */
  void forgetRoom() {
    told.clear();
  }

  /** Most ids of {@code count} of the first rows of a column. */
  static long mostIds(Column.Bags bags, int rows, int count) {
    if (count >= rows) {
      return bags.offsets().get(rows) - bags.offsets().get(0);
    }
    long[] lengths = new long[rows];
    for (int row = 0; row < rows; row++) {
      lengths[row] = bags.offsets().get(row + 1) - bags.offsets().get(row);
    }
    Arrays.sort(lengths);
    long sum = 0;
    for (int i = rows - count; i < rows; i++) {
      sum += lengths[i];
    }
    return sum;
  }

  @Override
  public void close() {
    arena.close();
  }
}
