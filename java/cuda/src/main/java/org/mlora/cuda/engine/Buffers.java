package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.HashMap;
import java.util.Map;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.gen.CudaBatchLayout;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Value;

/**
 * Where what a batch makes lies in the work space: values, their gradients, what layers keep for
 * their backward pass, and parts of sums. Addresses are places until the work space is allocated.
 */
final class Buffers {
  private final Precision precision;
  private final int capacity;
  private final int maxChunks;
  private final int columnParts;
  private final long batch;
  private final Map<Integer, Long> values = new HashMap<>();
  private final Map<Integer, Long> gradients = new HashMap<>();
  private final Map<Op.Dense, DenseBuffers> layers = new HashMap<>();
  private final Map<Integer, Long> sums = new HashMap<>();
  private final long losses;
  private long bytes;

  /**
   * What one dense layer keeps.
   *
   * @param gShared gradient of the shared branch, where there is dropout
   * @param adapterParts gradients of the adapter by chunk
   */
  record DenseBuffers(long s, long t, long mask, long gShared, long adapterParts) {}

  /**
   * Lays out a batch.
   *
   * @param backward whether gradients are wanted
   */
  Buffers(Network network, Precision precision, int capacity, boolean backward) {
    this.precision = precision;
    this.capacity = capacity;
    try (CudaBatchLayout layout = new CudaBatchLayout()) {
      check(MloraCuda.mlora_cuda_batch_lay_out(capacity, Math.max(1, network.domains()), layout));
      this.batch = reserve(layout.bytes());
      this.maxChunks = layout.max_chunks();
      this.columnParts = layout.column_parts();
    }
    for (Value value : network.values()) {
      values.put(value.index(), matrix(value));
      if (backward) {
        gradients.put(value.index(), matrix(value));
      }
    }
    for (Op op : network.ops()) {
      if (op instanceof Op.Dense dense) {
        layers.put(dense, layer(dense, backward));
      }
    }
    if (backward) {
      reserveSums(network);
    }
    this.losses = backward ? reserve(8L * capacity) : 0;
  }

  private long reserve(long wanted) {
    long place = bytes;
    bytes += (wanted + 255) / 256 * 256;
    return place;
  }

  /** The logit is float whatever the precision, and narrower than other rows: it fits as well. */
  private long matrix(Value value) {
    int elementBytes = Math.max(precision.elementBytes(), value.width() == 1 ? Float.BYTES : 0);
    return reserve((long) capacity * ld(value) * elementBytes);
  }

  private DenseBuffers layer(Op.Dense dense, boolean backward) {
    int in = dense.in().width();
    int out = dense.out().width();
    long rank = dense.adapter().map(a -> a.rank()).orElse(0);
    long factor = 4L * capacity * ((rank + 7) / 8 * 8);
    boolean drops = dense.dropout() > 0;
    return new DenseBuffers(
        reserve(factor),
        backward ? reserve(factor) : 0,
        backward && drops ? reserve(4L * capacity * ((out + 31) / 32)) : 0,
        backward && drops ? matrix(dense.out()) : 0,
        backward && rank > 0 ? reserve(4L * maxChunks * (in * rank + rank * out + out)) : 0);
  }

  private void reserveSums(Network network) {
    for (Op op : network.ops()) {
      if (op instanceof Op.Dense dense) {
        long parts = SupportedOps.isLogit(network, dense) ? columnParts : 1;
        sums.put(dense.weight().index(), reserve(4 * parts * dense.weight().size()));
        sums.put(dense.bias().index(), reserve(4L * columnParts * dense.bias().size()));
      } else if (op instanceof Op.Scale scale) {
        sums.put(scale.vector().index(), reserve(4L * columnParts * scale.vector().size()));
      }
    }
  }

  int capacity() {
    return capacity;
  }

  /** Bytes of the work space. */
  long bytes() {
    return bytes;
  }

  /** Elements from one row of a value to the next. */
  static int ld(Value value) {
    return (value.width() + 7) / 8 * 8;
  }

  int maxChunks() {
    return maxChunks;
  }

  int columnParts() {
    return columnParts;
  }

  long batch() {
    return batch;
  }

  long value(Value value) {
    return place(values, value.index());
  }

  long gradient(Value value) {
    return place(gradients, value.index());
  }

  DenseBuffers layer(Op.Dense dense) {
    DenseBuffers buffers = layers.get(dense);
    if (buffers == null) {
      throw new IllegalStateException("the layer is not of this network");
    }
    return buffers;
  }

  /** Parts whose sum is the gradient of a parameter that is one row. */
  long sums(int parameter) {
    return place(sums, parameter);
  }

  long losses() {
    return losses;
  }

  private static long place(Map<Integer, Long> places, int index) {
    Long place = places.get(index);
    if (place == null) {
      throw new IllegalStateException("nothing is reserved for " + index);
    }
    return place;
  }
}
