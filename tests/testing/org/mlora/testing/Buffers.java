package org.mlora.testing;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import org.mlora.data.DirectBuffers;

/** Direct buffers in native byte order, as columns are stored. */
public final class Buffers {
  private Buffers() {}

  public static IntBuffer ints(int... values) {
    return DirectBuffers.ints(values.length).put(values).flip();
  }

  public static LongBuffer longs(long... values) {
    return DirectBuffers.longs(values.length).put(values).flip();
  }

  public static FloatBuffer floats(float... values) {
    return DirectBuffers.floats(values.length).put(values).flip();
  }

  /** Room for {@code count} floats. */
  public static FloatBuffer floats(long count) {
    return DirectBuffers.floats(Math.toIntExact(count));
  }
}
