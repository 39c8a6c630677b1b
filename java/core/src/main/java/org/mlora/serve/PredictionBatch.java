package org.mlora.serve;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mlora.backend.Engine;
import org.mlora.calibration.PlattScaling;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.UnknownDomain;
import org.mlora.error.InvalidInputException;

/** Rows to predict, in buffers that the engine knows: filled and predicted again and again. */
public final class PredictionBatch implements AutoCloseable {
  private static final FloatBuffer NONE = FloatBuffer.allocate(0);
  private static final float[] NO_NUMBERS = {};

  private final MloraModel model;
  private final Engine engine;
  private final UnknownDomain unknown;
  private final int capacity;
  private final List<Column> columns = new ArrayList<>();
  private final IntBuffer[] ids;
  private final FloatBuffer[] numbers;
  private final IntBuffer domains;
  private final FloatBuffer probabilities;
  private final Engine.Resident resident;

  PredictionBatch(MloraModel model, UnknownDomain unknown, int capacity) {
    if (capacity < 1) {
      throw new InvalidInputException(
          "the batch has room for " + capacity + " rows; give 1 or more");
    }
    this.model = model;
    this.engine = model.engine();
    this.unknown = unknown;
    this.capacity = capacity;
    List<IntBuffer> idBuffers = new ArrayList<>();
    List<FloatBuffer> numberBuffers = new ArrayList<>();
    for (Field field : model.schema().fields()) {
      columns.add(column(field, idBuffers, numberBuffers));
    }
    this.ids = idBuffers.toArray(IntBuffer[]::new);
    this.numbers = numberBuffers.toArray(FloatBuffer[]::new);
    this.domains = direct(capacity).asIntBuffer();
    this.probabilities = direct(capacity).asFloatBuffer();
    this.resident = engine.load(new Columns(capacity, columns, domains, direct(0).asFloatBuffer()));
  }

  private Column column(Field field, List<IntBuffer> ids, List<FloatBuffer> numbers) {
    if (field instanceof Field.Numeric) {
      FloatBuffer buffer = direct(capacity).asFloatBuffer();
      numbers.add(buffer);
      return new Column.Numbers(buffer);
    }
    if (field instanceof Field.MultiValued) {
      // Lists stay empty here; rows with lists go through Predictor.predict(Columns).
      return new Column.Bags(direct(2 * (capacity + 1)).asLongBuffer(), direct(1).asIntBuffer());
    }
    IntBuffer buffer = direct(capacity).asIntBuffer();
    ids.add(buffer);
    return new Column.Ids(buffer);
  }

  private static ByteBuffer direct(int values) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(4, values)).order(ByteOrder.nativeOrder());
  }

  /** Sets a row whose fields all have one id, see {@link #set(int, int[], float[], int)}. */
  public void set(int row, int[] rowIds, int domain) {
    set(row, rowIds, NO_NUMBERS, domain);
  }

  /**
   * Sets a row; multi-valued fields have no ids.
   *
   * @param rowIds one id for each field with one id, in the order of the schema; 0 for unknown
   * @param rowNumbers one transformed number for each numeric field, in the order of the schema
   * @param domain index in the schema, or -1 for unknown
   * @throws InvalidInputException when a value is missing or too many, or the domain is unknown and
   *     that is an error
   */
  public void set(int row, int[] rowIds, float[] rowNumbers, int domain) {
    if (rowIds.length != ids.length || rowNumbers.length != numbers.length) {
      throw new InvalidInputException(
          "a row needs "
              + ids.length
              + " ids and "
              + numbers.length
              + " numbers, not "
              + rowIds.length
              + " and "
              + rowNumbers.length);
    }
    if (domain < 0 && unknown == UnknownDomain.ERROR) {
      throw new InvalidInputException(
          "the row's domain is unknown; add it with 'mlora onboard' or choose fallback");
    }
    for (int i = 0; i < rowIds.length; i++) {
      ids[i].put(row, rowIds[i]);
    }
    for (int i = 0; i < rowNumbers.length; i++) {
      numbers[i].put(row, rowNumbers[i]);
    }
    domains.put(row, domain);
  }

  /**
   * Predicts the first rows.
   *
   * @return the probability of row i at index i; overwritten by the next call
   * @throws InvalidInputException when an id or a domain is out of range
   */
  public FloatBuffer predict(int rows) {
    resident.changed();
    Optional<PlattScaling> calibration = model.calibration();
    if (calibration.isEmpty()) {
      engine.predict(resident, 0, rows, NONE, probabilities.clear());
      return probabilities.rewind();
    }
    engine.predict(resident, 0, rows, probabilities.clear(), NONE);
    calibration.get().apply(probabilities, domains, rows);
    return probabilities.rewind();
  }

  /** Most rows it holds. */
  public int capacity() {
    return capacity;
  }

  @Override
  public void close() {
    resident.close();
  }
}
