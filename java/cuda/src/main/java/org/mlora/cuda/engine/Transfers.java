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
 * reads one, the other is filled. Copies are done in the order of the stream's work.
 */
final class Transfers implements AutoCloseable {
  static final int PIECE = 1 << 22;

  private final Stream stream;
  private final PinnedMemory[] pinned = new PinnedMemory[2];
  private final Event[] done = new Event[2];
  private int next;

  Transfers(DeviceRuntime runtime, Stream stream) {
    this.stream = stream;
    try {
      for (int i = 0; i < 2; i++) {
        pinned[i] = runtime.pin(PIECE, "transfers");
        done[i] = runtime.event();
      }
    } catch (RuntimeException e) {
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
    int piece = take();
    fill.accept(pinned[piece].buffer().clear().order(ByteOrder.nativeOrder()));
    send(piece, to, bytes);
  }

  private void upload(int count, int unit, Filler filler, long to) {
    int most = PIECE / unit;
    for (int from = 0; from < count; from += most) {
      int part = Math.min(most, count - from);
      int piece = take();
      filler.fill(from, part, pinned[piece].buffer().clear().order(ByteOrder.nativeOrder()));
      send(piece, to + (long) from * unit, (long) part * unit);
    }
  }

  /** The piece that is filled next, once the device has read what was in it. */
  private int take() {
    int piece = next;
    next = 1 - next;
    done[piece].synchronize();
    return piece;
  }

  private void send(int piece, long to, long bytes) {
    stream.upload(pinned[piece], 0, to, bytes);
    stream.record(done[piece]);
  }

  /** Fills a buffer from its position to its limit; waits for the stream. */
  void download(long from, FloatBuffer target) {
    int start = target.position();
    int most = PIECE / Float.BYTES;
    for (int at = 0; at < target.remaining(); at += most) {
      int part = Math.min(most, target.remaining() - at);
      ByteBuffer piece = download(from + 4L * at, part * Float.BYTES);
      target.put(start + at, piece.asFloatBuffer(), 0, part);
    }
  }

  /** Bytes of the device, until the next transfer; waits for the stream. */
  ByteBuffer download(long from, int bytes) {
    int piece = take();
    stream.download(from, pinned[piece], 0, bytes);
    stream.synchronize();
    return pinned[piece].buffer().clear().order(ByteOrder.nativeOrder());
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
