package org.mlora.cuda.runtime;

import java.util.function.LongConsumer;
import org.mlora.error.InvalidShapeException;
import org.mlora.nativelib.NativeHandle;

/** Memory of a device; freed when closed, by when no work that uses it may be pending. */
public final class DeviceMemory implements AutoCloseable {
  private final NativeHandle<Long> handle;
  private final long address;
  private final long bytes;

  /**
   * Takes over memory.
   *
   * @param free gives the address back to the device; called once
   */
  public DeviceMemory(long address, long bytes, LongConsumer free) {
    this.address = address;
    this.bytes = bytes;
    this.handle = new NativeHandle<>("device memory", address, free::accept);
  }

  public long bytes() {
    return bytes;
  }

  /** Its first byte, as the device knows it. */
  public long address() {
    handle.pointer();
    return address;
  }

  /**
   * The address of {@code length} bytes from {@code offset} on.
   *
   * @throws InvalidShapeException when they reach outside
   */
  public long slice(long offset, long length) {
    if (offset < 0 || length < 0 || offset > bytes - length) {
      throw new InvalidShapeException(
          length + " bytes from " + offset + " reach outside a block of " + bytes);
    }
    return address() + offset;
  }

  @Override
  public void close() {
    handle.close();
  }
}
