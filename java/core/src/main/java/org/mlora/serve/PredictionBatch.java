package org.mlora.serve;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.mlora.backend.Session;
import org.mlora.calibration.PlattScaling;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.UnknownDomain;
import org.mlora.error.InvalidInputException;

/**
 * Rows to predict, in buffers that the device knows: filled and predicted again and again, by one
 * thread at a time: one that shares it by mistake waits, and may find the other's rows. Batches of
 * a predictor predict at the same time.
 */
public final class PredictionBatch implements AutoCloseable {
  private static final FloatBuffer NONE = FloatBuffer.allocate(0);
  private static final float[] NO_NUMBERS = {};
  private static final int[][] NO_LISTS = {};

  private final MloraModel model;
  private final Session session;
  private final UnknownDomain unknown;
  private final int capacity;
  private final List<Column> columns = new ArrayList<>();
  private final IntBuffer[] ids;
  private final FloatBuffer[] numbers;
  private final BagCells[] lists;
  private final int[] listColumns;

  /** Fields with one id, in the order of the schema, and the ids that each has. */
  private final List<Field> singles;

  private final int[] idCounts;
  private final List<Field> numerics;

  private final IntBuffer domains;
  private final FloatBuffer probabilities;
  private Session.Resident resident;

  /** Whether a column has other buffers than the resident knows. */
  private boolean outgrown;

  PredictionBatch(MloraModel model, UnknownDomain unknown, int capacity) {
    if (capacity < 1) {
      throw new InvalidInputException(
          "the batch has room for " + capacity + " rows; give 1 or more");
    }
    this.model = model;
    this.unknown = unknown;
    this.capacity = capacity;
    List<IntBuffer> idBuffers = new ArrayList<>();
    List<FloatBuffer> numberBuffers = new ArrayList<>();
    List<BagCells> bags = new ArrayList<>();
    List<Field> fields = model.schema().fields();
    for (Field field : fields) {
      columns.add(column(field, idBuffers, numberBuffers, bags));
    }
    this.ids = idBuffers.toArray(IntBuffer[]::new);
    this.numbers = numberBuffers.toArray(FloatBuffer[]::new);
    this.lists = bags.toArray(BagCells[]::new);
    this.listColumns =
        IntStream.range(0, fields.size())
            .filter(f -> fields.get(f) instanceof Field.MultiValued)
            .toArray();
    this.singles =
        fields.stream()
            .filter(f -> !(f instanceof Field.MultiValued) && f.tableRows().isPresent())
            .toList();
    this.idCounts = singles.stream().mapToInt(f -> f.tableRows().orElseThrow()).toArray();
    this.numerics = fields.stream().filter(f -> f instanceof Field.Numeric).toList();
    this.domains = direct(capacity).asIntBuffer();
    this.probabilities = direct(capacity).asFloatBuffer();
    this.session = model.engine().share();
    try {
      this.resident = load();
    } catch (Throwable e) {
      session.close();
      throw e;
    }
  }

  private Column column(
      Field field, List<IntBuffer> ids, List<FloatBuffer> numbers, List<BagCells> lists) {
    if (field instanceof Field.Numeric) {
      FloatBuffer buffer = direct(capacity).asFloatBuffer();
      numbers.add(buffer);
      return new Column.Numbers(buffer);
    }
    if (field instanceof Field.MultiValued) {
      BagCells cells = new BagCells(capacity);
      lists.add(cells);
      return cells.column();
    }
    IntBuffer buffer = direct(capacity).asIntBuffer();
    ids.add(buffer);
    return new Column.Ids(buffer);
  }

  private Session.Resident load() {
    return session.load(new Columns(capacity, columns, domains, direct(0).asFloatBuffer()));
  }

  /**
   * Room for values of four bytes.
   *
   * @throws InvalidInputException where they are more than a buffer holds
   */
  static ByteBuffer direct(long values) {
    if (values > Integer.MAX_VALUE / Integer.BYTES) {
      throw new InvalidInputException(
          "the batch needs a column of "
              + values
              + " values of four bytes, and a buffer holds 2 GiB; predict fewer rows at a time");
    }
    return ByteBuffer.allocateDirect((int) values * Integer.BYTES).order(ByteOrder.nativeOrder());
  }

  /**
   * Sets a row whose fields all have one id, see {@link #set(int, int[], float[], int[][], int)}.
   */
  public void set(int row, int[] rowIds, int domain) {
    set(row, rowIds, NO_NUMBERS, NO_LISTS, domain);
  }

  /** Sets a row without lists, see {@link #set(int, int[], float[], int[][], int)}. */
  public void set(int row, int[] rowIds, float[] rowNumbers, int domain) {
    set(row, rowIds, rowNumbers, NO_LISTS, domain);
  }

  /**
   * Sets a row.
   *
   * @param rowIds one id for each field with one id, in the order of the schema, as from {@link
   *     Predictor#id(String, String)}; 0 for unknown, whose embedding is learned. A negative one
   *     has an embedding of zeros
   * @param rowNumbers one number for each numeric field, in the order of the schema, as from {@link
   *     Predictor#number}, which makes one of a value that is missing too
   * @param rowLists the ids of each multi-valued field, in the order of the schema, read by {@link
   *     #predict}; none at all where all are empty
   * @param domain index in the schema, or -1 for unknown
   * @throws InvalidInputException when a value is missing or too many, an id or the domain is out
   *     of range, a number is not finite, or the domain is unknown and that is an error
   * @throws IndexOutOfBoundsException when the batch has no such row
   */
  public synchronized void set(
      int row, int[] rowIds, float[] rowNumbers, int[][] rowLists, int domain) {
    boolean noLists = rowLists.length == 0;
    if (rowIds.length != ids.length
        || rowNumbers.length != numbers.length
        || !noLists && rowLists.length != lists.length) {
      throw new InvalidInputException(
          "a row needs "
              + ids.length
              + " ids, "
              + numbers.length
              + " numbers and "
              + lists.length
              + " lists, not "
              + rowIds.length
              + ", "
              + rowNumbers.length
              + " and "
              + rowLists.length);
    }
    if (domain < 0 && unknown == UnknownDomain.ERROR) {
      throw new InvalidInputException(
          "the row's domain is unknown; add it with 'mlora onboard' or choose fallback");
    }
    requireKnown(row, rowIds, domain);
    requireFinite(row, rowNumbers);
    for (int[] list : rowLists) {
      Objects.requireNonNull(list, "a list of ids");
    }
    for (int i = 0; i < rowIds.length; i++) {
      ids[i].put(row, rowIds[i]);
    }
    for (int i = 0; i < rowNumbers.length; i++) {
      numbers[i].put(row, rowNumbers[i]);
    }
    for (int i = 0; i < lists.length; i++) {
      if (noLists) {
        lists[i].clear(row);
      } else {
        lists[i].set(row, rowLists[i]);
      }
    }
    domains.put(row, domain);
  }

  /** Sets the first rows to those of encoded columns. */
  synchronized void set(Columns from) {
    int rows = from.rows();
    int id = 0;
    int number = 0;
    int list = 0;
    for (Column column : from.fields()) {
      if (column instanceof Column.Ids c) {
        ids[id++].put(0, c.ids(), 0, rows);
      } else if (column instanceof Column.Numbers c) {
        numbers[number++].put(0, c.numbers(), 0, rows);
      } else if (column instanceof Column.Bags c) {
        lists[list++].set(c, rows);
      }
    }
    domains.put(0, from.domains(), 0, rows);
  }

  private void requireKnown(int row, int[] rowIds, int domain) {
    Objects.checkIndex(row, capacity);
    for (int i = 0; i < rowIds.length; i++) {
      if (rowIds[i] >= idCounts[i]) {
        throw new InvalidInputException(
            "row "
                + row
                + ": id "
                + rowIds[i]
                + " of field '"
                + singles.get(i).name()
                + "' is not below "
                + idCounts[i]);
      }
    }
    int count = model.schema().domains().size();
    if (domain < -1 || domain >= count) {
      throw new InvalidInputException(
          "row "
              + row
              + ": domain "
              + domain
              + " is not in [0, "
              + count
              + "), nor -1 for unknown");
    }
  }

  private void requireFinite(int row, float[] rowNumbers) {
    for (int i = 0; i < rowNumbers.length; i++) {
      if (!Float.isFinite(rowNumbers[i])) {
        throw new InvalidInputException(
            "row "
                + row
                + ": number "
                + rowNumbers[i]
                + " of field '"
                + numerics.get(i).name()
                + "' is not finite; Predictor.number makes one that stands for a missing value");
      }
    }
  }

  /**
   * Predicts the first rows.
   *
   * @return the probability of row i at index i; overwritten by the next call
   * @throws InvalidInputException when an id in a list is out of range
   */
  public synchronized FloatBuffer predict(int rows) {
    fillLists(rows);
    resident.changed(rows);
    Optional<PlattScaling> calibration = model.calibration();
    if (calibration.isEmpty()) {
      session.predict(resident, 0, rows, NONE, probabilities.clear());
      return probabilities.rewind();
    }
    session.predict(resident, 0, rows, probabilities.clear(), NONE);
    calibration.get().apply(probabilities, domains, rows);
    return probabilities.rewind();
  }

  private void fillLists(int rows) {
    for (int i = 0; i < lists.length; i++) {
      if (lists[i].reserve(Math.min(rows, capacity))) {
        columns.set(listColumns[i], lists[i].column());
        outgrown = true;
      }
    }
    if (outgrown) {
      Session.Resident before = resident;
      resident = load();
      outgrown = false;
      before.close();
    }
    // Only now, as offsets must not reach beyond what the resident knows.
    for (BagCells list : lists) {
      list.fill(Math.min(rows, capacity));
    }
  }

  /** The session that it predicts in. */
  Session session() {
    return session;
  }

  /** Most rows it holds. */
  public int capacity() {
    return capacity;
  }

  @Override
  public synchronized void close() {
    try (session) {
      resident.close();
    }
  }
}
