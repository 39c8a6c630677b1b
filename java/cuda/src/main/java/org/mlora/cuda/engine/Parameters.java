package org.mlora.cuda.engine;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.mlora.backend.Engine.Slot;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.library.gen.CudaParameter;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Stream;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.RowKind;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/**
 * Values, moments and gradients of all parameters on the device. Moments are there once an
 * optimizer needs them, gradients once somebody asks for them.
 */
final class Parameters implements AutoCloseable {
  private final Stream stream;
  private final Transfers transfers;
  private final List<Parameter> parameters;
  private final long[] floats;
  private final long[] stamps;
  private final long[] copies;
  private final Arena values;
  private final Arena first;
  private final Arena second;
  private final Arena gradients;

  /** Whether the first moment is one number a row. */
  private boolean rowWise;

  /** All zero. */
  Parameters(
      DeviceRuntime runtime,
      Stream stream,
      Transfers transfers,
      Network network,
      Precision precision) {
    this.stream = stream;
    this.transfers = transfers;
    this.parameters = network.parameters();
    this.floats = new long[parameters.size()];
    this.stamps = new long[parameters.size()];
    this.copies = new long[parameters.size()];
    Arrays.fill(copies, -1);
    this.values = new Arena(runtime, "parameters");
    this.first = new Arena(runtime, "first moments");
    this.second = new Arena(runtime, "second moments");
    this.gradients = new Arena(runtime, "gradients");
    for (Parameter p : parameters) {
      floats[p.index()] = values.reserve(4 * p.size());
      for (Arena arena : List.of(first, second, gradients)) {
        arena.reserve(4 * p.size());
      }
    }
    for (Parameter p : parameters) {
      stamps[p.index()] = p.rowKind() == RowKind.WHOLE ? -1 : values.reserve(4L * p.rows());
    }
    if (precision == Precision.BF16) {
      for (Op op : network.ops()) {
        if (op instanceof Op.Dense dense) {
          copies[dense.weight().index()] = values.reserve(2 * dense.weight().size());
        }
      }
    }
    allocate(values);
  }

  private void allocate(Arena arena) {
    arena.allocate();
    stream.fill(arena.at(0), 0, arena.bytes() / 4);
  }

  /** Address of the values. */
  long value(Parameter p) {
    return values.at(floats[p.index()]);
  }

  /** Address of a weight as products read it. */
  long operand(Parameter p) {
    return copies[p.index()] < 0 ? value(p) : values.at(copies[p.index()]);
  }

  /** Address of the gradient. */
  long gradient(Parameter p) {
    return gradients.at(floats[p.index()]);
  }

  /** What the kernels are to know of a parameter and how it is trained. */
  void describe(CudaParameter struct, Parameter p, Optimization.Rule rule) {
    int i = p.index();
    struct
        .value(value(p))
        .first(first.isAllocated() ? first.at(floats[i]) : 0)
        .second(second.isAllocated() ? second.at(floats[i]) : 0)
        .stamp(stamps[i] < 0 ? 0 : values.at(stamps[i]))
        .copy(copies[i] < 0 ? 0 : values.at(copies[i]))
        .gradient(0)
        .rows(p.rows())
        .row_size(p.rowSize())
        .first_row(rule.firstRow())
        .row_count(rule.rowCount())
        .rate_scale(rule.learningRateScale())
        .l2(rule.l2());
  }

  /** Makes room for gradients and sets them to 0. */
  void clearGradients() {
    if (!gradients.isAllocated()) {
      gradients.allocate();
    }
    stream.fill(gradients.at(0), 0, gradients.bytes() / 4);
  }

  /** Makes room for what the optimizer keeps, and sets it to what it starts from. */
  void resetMoments(Optimizer optimizer) {
    rowWise = optimizer instanceof Optimizer.RowWiseAdagrad;
    float initial =
        optimizer instanceof Optimizer.Adagrad a
            ? (float) a.initial()
            : optimizer instanceof Optimizer.RowWiseAdagrad a ? (float) a.initial() : 0;
    keep(first, !(optimizer instanceof Optimizer.Sgd), initial);
    keep(second, optimizer instanceof Optimizer.Adam, 0);
  }

  private void keep(Arena moments, boolean needed, float initial) {
    if (!needed) {
      if (moments.isAllocated()) {
        stream.synchronize();
        moments.close();
      }
      return;
    }
    if (!moments.isAllocated()) {
      moments.allocate();
    }
    stream.fill(moments.at(0), Float.floatToRawIntBits(initial), moments.bytes() / 4);
  }

  /** Notes that every row is as it is after so many steps. */
  void stamp(long step) {
    for (Parameter p : parameters) {
      if (stamps[p.index()] >= 0) {
        stream.fill(values.at(stamps[p.index()]), (int) step, p.rows());
      }
    }
  }

  void write(Parameter p, Slot slot, long offset, FloatBuffer source) {
    if (slot == Slot.FIRST_MOMENT && rowWise) {
      writeRows(p, offset, source);
      return;
    }
    Arena arena = arena(slot);
    if (!arena.isAllocated()) {
      allocate(arena);
    }
    transfers.upload(source, arena.at(floats[p.index()]) + 4 * offset);
    if (slot == Slot.VALUE && copies[p.index()] >= 0) {
      int width = p.shape().get(1);
      Kernels.check(
          MloraCuda.mlora_cuda_to_bf16(
              value(p),
              width,
              operand(p),
              width,
              p.shape().get(0),
              width,
              Kernels.stream(stream.address())));
    }
  }

  void read(Parameter p, Slot slot, long offset, FloatBuffer target) {
    Arena arena = arena(slot);
    if (!arena.isAllocated()) {
      for (int i = target.position(); i < target.limit(); i++) {
        target.put(i, 0);
      }
    } else if (slot == Slot.FIRST_MOMENT && rowWise) {
      readRows(p, offset, target);
    } else {
      transfers.download(arena.at(floats[p.index()]) + 4 * offset, target);
    }
  }

  /** Every value of a row has the row's number: the first one is taken. */
  private void writeRows(Parameter p, long offset, FloatBuffer source) {
    int size = p.rowSize();
    long row = (offset + size - 1) / size;
    int at = (int) (row * size - offset);
    int rows = Math.max(0, (source.remaining() - at + size - 1) / size);
    FloatBuffer numbers = FloatBuffer.allocate(rows);
    for (int i = 0; i < rows; i++) {
      numbers.put(source.get(source.position() + at + i * size));
    }
    transfers.upload(numbers.flip(), first.at(floats[p.index()]) + 4 * row);
  }

  private void readRows(Parameter p, long offset, FloatBuffer target) {
    int size = p.rowSize();
    long row = offset / size;
    long end = (offset + target.remaining() + size - 1) / size;
    FloatBuffer numbers = FloatBuffer.allocate((int) (end - row));
    transfers.download(first.at(floats[p.index()]) + 4 * row, numbers);
    for (int i = 0; i < target.remaining(); i++) {
      target.put(target.position() + i, numbers.get((int) ((offset + i) / size - row)));
    }
  }

  private Arena arena(Slot slot) {
    return switch (slot) {
      case VALUE -> values;
      case FIRST_MOMENT -> first;
      case SECOND_MOMENT_ROOT -> second;
      case GRADIENT -> gradients;
    };
  }

  /** Parameters with rows of their own, which can be behind. */
  List<Parameter> byRow() {
    return parameters.stream().filter(p -> stamps[p.index()] >= 0).toList();
  }

  /** A rule that trains all rows, without penalty. */
  static Optimization.Rule everyRow(Parameter p) {
    return new Optimization.Rule(0, p.rows(), 1, 0);
  }

  /** Frees everything; no work that uses it may be pending. */
  @Override
  public void close() {
    List.of(gradients, second, first, values).forEach(Arena::close);
  }
}
