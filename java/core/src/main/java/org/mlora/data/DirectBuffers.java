package org.mlora.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

/** Room for numbers, zeros at first, in the memory that columns are in: direct, of native order. */
public final class DirectBuffers {
  private DirectBuffers() {}

  /** Room for {@code count} ids. */
  public static IntBuffer ints(int count) {
    return bytes(count, Integer.BYTES).asIntBuffer();
  }

  /** Room for {@code count} offsets. */
  public static LongBuffer longs(int count) {
    return bytes(count, Long.BYTES).asLongBuffer();
  }

  /** Room for {@code count} numbers. */
  public static FloatBuffer floats(int count) {
    return bytes(count, Float.BYTES).asFloatBuffer();
  }

  private static ByteBuffer bytes(int count, int size) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(count, size))
        .order(ByteOrder.nativeOrder());
  }
}
