package org.mlora.backend.cpu;

import static org.mlora.backend.cpu.Status.check;

import java.nio.Buffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import org.mlora.backend.Session;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.error.InvalidShapeException;
import org.mlora.nativelib.NativeHandle;
import org.mlora.nativelib.gen.Mlora;
import org.mlora.nativelib.gen.MloraColumns;
import org.mlora.nativelib.gen.MloraNetwork;
import org.mlora.network.Input;
import org.mlora.network.Network;

/** Columns whose addresses the native library knows; keeps their buffers alive. */
final class CpuColumns implements Session.Resident {
  private final Network network;
  private final Columns columns;
  private final NativeHandle<MloraColumns> handle;

  /**
   * @throws InvalidShapeException when a column is missing, of the wrong kind, too short, not
   *     direct or not in native byte order
   */
  CpuColumns(Network network, NativeHandle<MloraNetwork> description, Columns columns) {
    this.network = network;
    this.columns = columns;
    MloraColumns pointer = new MloraColumns();
    check(Mlora.mlora_columns_create(description.pointer(), columns.rows(), pointer));
    this.handle = new NativeHandle<>("the block of columns", pointer, Mlora::mlora_columns_destroy);
    try {
      bind(pointer);
    } catch (Throwable e) {
      handle.close();
      throw e;
    }
  }

  private void bind(MloraColumns pointer) {
    if (columns.fields().size() != network.inputs().size()) {
      throw new InvalidShapeException(
          "the network reads "
              + network.inputs().size()
              + " columns, the data has "
              + columns.fields().size());
    }
    for (Input input : network.inputs()) {
      bind(pointer, input, columns.fields().get(input.index()));
    }
    IntBuffer domains = columns.domains();
    requireReadable("domain", domains, domains.order(), columns.rows());
    check(Mlora.mlora_columns_domains(pointer, domains));
    FloatBuffer labels = columns.labels();
    if (labels.limit() > 0) {
      requireReadable("label", labels, labels.order(), columns.rows());
      check(Mlora.mlora_columns_labels(pointer, labels));
    }
    if (columns.weighted()) {
      FloatBuffer weights = columns.weights();
      requireReadable("weight", weights, weights.order(), columns.rows());
      check(Mlora.mlora_columns_weights(pointer, weights));
    }
  }

  private void bind(MloraColumns pointer, Input input, Column column) {
    String name = "'" + input.field() + "'";
    if (column instanceof Column.Ids c && input.kind() == Input.Kind.ID) {
      requireReadable(name, c.ids(), c.ids().order(), columns.rows());
      check(Mlora.mlora_columns_ids(pointer, input.index(), c.ids()));
    } else if (column instanceof Column.Bags c && input.kind() == Input.Kind.BAG) {
      requireReadable(name, c.offsets(), c.offsets().order(), columns.rows() + 1L);
      requireOffsets(name, c.offsets(), c.ids().limit());
      requireReadable(name, c.ids(), c.ids().order(), 0);
      check(
          Mlora.mlora_columns_bags(pointer, input.index(), c.offsets(), c.ids(), c.ids().limit()));
    } else if (column instanceof Column.Numbers c && input.kind() == Input.Kind.NUMBER) {
      requireReadable(name, c.numbers(), c.numbers().order(), columns.rows());
      check(Mlora.mlora_columns_numbers(pointer, input.index(), c.numbers()));
    } else {
      throw new InvalidShapeException(
          "column "
              + name
              + " holds "
              + column.getClass().getSimpleName()
              + ", the network reads "
              + input.kind());
    }
  }

  private void requireOffsets(String name, LongBuffer offsets, int ids) {
    long before = offsets.get(0);
    boolean ordered = before >= 0;
    for (int row = 1; row <= columns.rows() && ordered; row++) {
      long offset = offsets.get(row);
      ordered = offset >= before;
      before = offset;
    }
    if (!ordered || before > ids) {
      throw new InvalidShapeException(
          "the offsets of column " + name + " do not ascend from 0 to at most " + ids);
    }
  }

  private static void requireReadable(String name, Buffer buffer, ByteOrder order, long needed) {
    if (!buffer.isDirect() || order != ByteOrder.nativeOrder() || buffer.position() != 0) {
      throw new InvalidShapeException(
          "column "
              + name
              + " is not a direct buffer of native byte order that starts at position 0");
    }
    if (buffer.limit() < needed) {
      throw new InvalidShapeException(
          "column " + name + " has " + buffer.limit() + " entries, " + needed + " are needed");
    }
  }

  /**
   * Columns that this backend has loaded.
   *
   * @throws InvalidShapeException when another one has
   */
  static CpuColumns own(Session.Resident data) {
    if (data instanceof CpuColumns columns) {
      return columns;
    }
    throw new InvalidShapeException("the columns were loaded by another backend");
  }

  /** Whose monitor a call that reads the columns holds. */
  NativeHandle<MloraColumns> handle() {
    return handle;
  }

  /** The columns, for a call on an engine of {@code network}. */
  MloraColumns pointer(Network network) {
    if (!network.equals(this.network)) {
      throw new InvalidShapeException("the columns were loaded by an engine of another network");
    }
    return handle.pointer();
  }

  Columns columns() {
    return columns;
  }

  @Override
  public int rows() {
    return columns.rows();
  }

  @Override
  public void close() {
    handle.close();
  }
}
