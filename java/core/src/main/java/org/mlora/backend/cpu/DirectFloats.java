package org.mlora.backend.cpu;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;
import org.mlora.data.DirectBuffers;

/**
 * Numbers in direct memory of native byte order, which is all that the library is handed. Those of
 * other buffers are copied: JavaCPP would copy the whole array behind one out and back, over what
 * others write into it meanwhile, and release that of a slice by a wrong address.
 */
final class DirectFloats {
  /** Most numbers that are copied at once. */
  static final int PIECE = 1 << 16;

  private DirectFloats() {}

  /** What takes a piece that comes {@code at} so many numbers after the first. */
  interface Use {
    void take(int at, FloatBuffer piece);
  }

  /** Gives what remains in a buffer: itself, or copies of its pieces. */
  static void from(FloatBuffer source, Use use) {
    if (isDirect(source)) {
      use.take(0, source);
      return;
    }
    FloatBuffer piece = DirectBuffers.floats(Math.min(PIECE, source.remaining()));
    for (int at = 0; at < source.remaining(); at += piece.limit()) {
      piece.limit(Math.min(PIECE, source.remaining() - at));
      piece.put(0, source, source.position() + at, piece.limit());
      use.take(at, piece);
    }
  }

  /** Has what remains in a buffer filled: itself, or pieces that are copied there. */
  static void into(FloatBuffer target, Use use) {
    if (isDirect(target)) {
      use.take(0, target);
      return;
    }
    FloatBuffer piece = DirectBuffers.floats(Math.min(PIECE, target.remaining()));
    for (int at = 0; at < target.remaining(); at += piece.limit()) {
      piece.limit(Math.min(PIECE, target.remaining() - at));
      use.take(at, piece);
      target.put(target.position() + at, piece, 0, piece.limit());
    }
  }

  /** Room for numbers that belong into a buffer: itself where it can be; null where it is empty. */
  static @Nullable FloatBuffer room(FloatBuffer target, int count) {
    if (target.capacity() == 0) {
      return null;
    }
    return isDirect(target) ? target : DirectBuffers.floats(count);
  }

  /** Copies what is in the {@link #room} of a buffer to where it belongs. */
  static void fill(FloatBuffer target, @Nullable FloatBuffer room) {
    if (room != null && room != target) {
      target.put(target.position(), room, 0, room.limit());
    }
  }

  private static boolean isDirect(FloatBuffer buffer) {
    return buffer.isDirect() && buffer.order() == ByteOrder.nativeOrder();
  }
}
