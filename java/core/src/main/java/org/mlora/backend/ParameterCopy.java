package org.mlora.backend;

import java.nio.FloatBuffer;
import org.mlora.backend.Engine.Slot;
import org.mlora.data.DirectBuffers;
import org.mlora.network.Parameter;

/** Copies values of parameters between engines, a chunk at a time. */
public final class ParameterCopy {
  private static final int CHUNK = 1 << 18;

  private ParameterCopy() {}

  /** Copies all values to the first of as many or more. */
  public static void copy(Engine from, Parameter source, Engine to, Parameter target) {
    copy(from, source, 0, to, target, 0, source.size());
  }

  /** Copies {@code count} values from place {@code at} of one to place {@code toAt} of another. */
  public static void copy(
      Engine from, Parameter source, long at, Engine to, Parameter target, long toAt, long count) {
    FloatBuffer chunk = DirectBuffers.floats((int) Math.min(CHUNK, count));
    for (long done = 0; done < count; done += CHUNK) {
      chunk.clear().limit((int) Math.min(CHUNK, count - done));
      from.read(source, Slot.VALUE, at + done, chunk);
      to.write(target, Slot.VALUE, toAt + done, chunk);
    }
  }
}
