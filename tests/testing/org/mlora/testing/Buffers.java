package org.mlora.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

/** Direct buffers in native byte order, as columns are stored. */
public final class Buffers {
  private Buffers() {}

  public static IntBuffer ints(int... values) {
    return bytes(4L * values.length).asIntBuffer().put(values).flip();
  }

  public static LongBuffer longs(long... values) {
    return bytes(8L * values.length).asLongBuffer().put(values).flip();
  }

  public static FloatBuffer floats(float... values) {
    return bytes(4L * values.length).asFloatBuffer().put(values).flip();
  }

  /** Room for {@code count} floats. */
  public static FloatBuffer floats(long count) {
    return bytes(4 * count).asFloatBuffer();
  }

  private static ByteBuffer bytes(long size) {
    return ByteBuffer.allocateDirect(Math.toIntExact(size)).order(ByteOrder.nativeOrder());
  }
}
