package org.mlora.cuda.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.function.Consumer;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Event;
import org.mlora.cuda.runtime.PinnedMemory;
import org.mlora.cuda.runtime.Stream;

/**
 * Copies between buffers and the device through two pinned pieces of host memory: while the device
 * reads one, the other is filled. Small uploads share a piece, so that they wait for nothing.
 * Copies are done in the order of the stream's work.
 */
final class Transfers implements AutoCloseable {
  static final int PIECE = 1 << 22;
  private static final int ALIGNMENT = 16;

  private final Stream stream;
  private final PinnedMemory[] pinned = new PinnedMemory[2];
  private final Event[] done = new Event[2];
  private int piece;

  /** Bytes of the piece that queued copies read. */
  private int used;

  Transfers(DeviceRuntime runtime, Stream stream) {
    this.stream = stream;
    try {
      for (int i = 0; i < 2; i++) {
        pinned[i] = runtime.pin(PIECE, "transfers");
        done[i] = runtime.event();
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /** Writes elements {@code [from, from + count)} to the start of a buffer. */
  private interface Filler {
    void fill(int from, int count, ByteBuffer to);
  }

  void upload(FloatBuffer source, long to) {
    int start = source.position();
    upload(
        source.remaining(),
        Float.BYTES,
        (from, count, piece) -> piece.asFloatBuffer().put(0, source, start + from, count),
        to);
  }

  void upload(IntBuffer source, long to) {
    int start = source.position();
    upload(
        source.remaining(),
        Integer.BYTES,
        (from, count, piece) -> piece.asIntBuffer().put(0, source, start + from, count),
        to);
  }

  void upload(LongBuffer source, long to) {
    int start = source.position();
    upload(
        source.remaining(),
        Long.BYTES,
        (from, count, piece) -> piece.asLongBuffer().put(0, source, start + from, count),
        to);
  }

  void upload(byte[] source, long to) {
    upload(source.length, 1, (from, count, piece) -> piece.put(0, source, from, count), to);
  }

  /** What {@code fill} writes into one piece, in one copy. */
  void upload(int bytes, Consumer<ByteBuffer> fill, long to) {
    if (bytes > PIECE) {
      throw new IllegalArgumentException(bytes + " bytes do not fit into one piece");
    }
    int at = take(bytes);
    fill.accept(part(at, bytes));
    send(at, to, bytes);
  }

  private void upload(int count, int unit, Filler filler, long to) {
    int most = PIECE / unit;
    for (int from = 0; from < count; from += most) {
      int part = Math.min(most, count - from);
      int at = take(part * unit);
      filler.fill(from, part, part(at, part * unit));
      send(at, to + (long) from * unit, part * unit);
    }
  }

  /**
   * Where so many bytes are filled next: behind what the piece holds, or in the other one, once the
   * device has read what was in it.
   */
  private int take(int bytes) {
    if (bytes > PIECE - used) {
      piece = 1 - piece;
      done[piece].synchronize();
      used = 0;
    }
    int at = used;
    used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return at;
  }

  private ByteBuffer part(int at, int bytes) {
    return pinned[piece].buffer().slice(at, bytes).order(ByteOrder.nativeOrder());
  }

  private void send(int at, long to, int bytes) {
    stream.upload(pinned[piece], at, to, bytes);
    stream.record(done[piece]);
  }

  /** Fills a buffer from its position to its limit; waits for the stream. */
  void download(long from, FloatBuffer target) {
    int start = target.position();
    int most = PIECE / Float.BYTES;
    for (int at = 0; at < target.remaining(); at += most) {
      int part = Math.min(most, target.remaining() - at);
      ByteBuffer bytes = download(from + 4L * at, part * Float.BYTES);
      target.put(start + at, bytes.asFloatBuffer(), 0, part);
    }
  }

  /** Bytes of the device, until the next transfer; waits for the stream. */
  ByteBuffer download(long from, int bytes) {
    int at = take(PIECE);
    stream.download(from, pinned[piece], at, bytes);
    stream.synchronize();
    return part(at, bytes);
  }

  @Override
  public void close() {
    for (int i = 0; i < 2; i++) {
      if (pinned[i] != null) {
        pinned[i].close();
      }
      if (done[i] != null) {
        done[i].close();
      }
    }
  }
}
