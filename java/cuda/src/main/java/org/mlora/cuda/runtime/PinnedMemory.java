package org.mlora.cuda.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongConsumer;
import org.mlora.nativelib.NativeHandle;

/** Host memory that stays where it is; freed when closed, by when no copy of it may be pending. */
public final class PinnedMemory implements AutoCloseable {
  private final NativeHandle<Long> handle;
  private final ByteBuffer buffer;

  /**
   * Takes over memory.
   *
   * @param buffer all of it
   * @param free gives the address back; called once
   */
  public PinnedMemory(long address, ByteBuffer buffer, LongConsumer free) {
    this.buffer = buffer.order(ByteOrder.nativeOrder());
    this.handle = new NativeHandle<>("pinned memory", address, free::accept);
  }

  /** All of it, in native byte order; position and limit are the caller's. */
  public ByteBuffer buffer() {
    handle.pointer();
    return buffer;
  }

  /** Its address. */
  public long address() {
    return handle.pointer();
  }

  @Override
  public void close() {
    handle.close();
  }
}
