package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.HashMap;
import java.util.Map;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.gen.CudaBatchLayout;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Network;
import org.mlora.network.Value;

/**
 * Where what is computed of a batch lies in the work space: values and their gradients, and what
 * layers reserve for themselves. Addresses are places until the work space is allocated.
 */
final class Buffers {
  private final Precision precision;
  private final int capacity;
  private final boolean backward;
  private final int maxRuns;
  private final int maxChunks;
  private final int columnParts;
  private final long batchBytes;
  private final FloatValues floats;
  private final Map<Integer, Long> values = new HashMap<>();
  private final Map<Integer, Long> gradients = new HashMap<>();
  private long bytes;

  /**
   * Lays out a batch.
   *
   * @param backward whether gradients are wanted
   */
  Buffers(Network network, Precision precision, int capacity, boolean backward) {
    this.precision = precision;
    this.capacity = capacity;
    this.backward = backward;
    this.floats = new FloatValues(network);
    try (CudaBatchLayout layout = new CudaBatchLayout()) {
      check(MloraCuda.mlora_cuda_batch_lay_out(capacity, Math.max(1, network.domains()), layout));
      this.batchBytes = layout.bytes();
      this.maxRuns = layout.max_runs();
      this.maxChunks = layout.max_chunks();
      this.columnParts = layout.column_parts();
    }
    for (Value value : network.values()) {
      values.put(value.index(), matrix(value));
      if (backward) {
        gradients.put(value.index(), matrix(value));
      }
    }
  }

  /** Gives the place of so many bytes. */
  long reserve(long wanted) {
    long place = bytes;
    bytes += Arena.aligned(wanted);
    return place;
  }

  /** The place of so many floats for each row. */
  long floatRows(long each) {
    return reserve(4 * capacity * each);
  }

  /** The place of elements, (rows, ld). */
  long elements(long rows, long ld) {
    return reserve(rows * ld * precision.elementBytes());
  }

  /** The place of a value's like, (capacity, ld). */
  long matrix(Value value) {
    int elementBytes = isFloat(value) ? Float.BYTES : precision.elementBytes();
    return reserve((long) capacity * ld(value) * elementBytes);
  }

  /** The place of so many parts of so many floats, where gradients are wanted. */
  long parts(long count, long size) {
    return backward ? reserve(4 * count * size) : 0;
  }

  /** Whether gradients are wanted. */
  boolean backward() {
    return backward;
  }

  Precision precision() {
    return precision;
  }

  int capacity() {
    return capacity;
  }

  /** Bytes of the work space. */
  long bytes() {
    return bytes;
  }

  /** Elements of rows that begin where kernels want them to. */
  static int rounded(int width) {
    return (width + 7) / 8 * 8;
  }

  /** Elements, or floats, from one row of a value to the next. */
  int ld(Value value) {
    return isFloat(value) && value.width() == 1 ? 1 : rounded(value.width());
  }

  /** Whether a value is floats whatever the precision. */
  boolean isFloat(Value value) {
    return floats.contains(value);
  }

  int maxRuns() {
    return maxRuns;
  }

  int maxChunks() {
    return maxChunks;
  }

  int columnParts() {
    return columnParts;
  }

  /** Bytes of the batch by domain, which lies elsewhere. */
  long batchBytes() {
    return batchBytes;
  }

  long value(Value value) {
    return place(values, value.index());
  }

  long gradient(Value value) {
    return place(gradients, value.index());
  }

  private static long place(Map<Integer, Long> places, int index) {
    Long place = places.get(index);
    if (place == null) {
      throw new IllegalStateException("nothing is reserved for the value " + index);
    }
    return place;
  }
}
