package org.mlora.cuda.engine;

import java.util.Optional;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.DeviceRuntime;

/** Memory that is laid out first, allocated in one piece then, and freed together. */
final class Arena implements AutoCloseable {
  private static final long ALIGNMENT = 256;

  private final DeviceRuntime runtime;
  private final String purpose;
  private long bytes;
  private Optional<DeviceMemory> memory = Optional.empty();

  /**
   * An arena without memory yet.
   *
   * @param purpose what it is for, in messages
   */
  Arena(DeviceRuntime runtime, String purpose) {
    this.runtime = runtime;
    this.purpose = purpose;
  }

  /** Gives the place of so many bytes, for {@link #at}. */
  long reserve(long wanted) {
    long place = bytes;
    bytes = place + aligned(wanted);
    return place;
  }

  /** So many bytes up to where something else may begin. */
  static long aligned(long wanted) {
    return (wanted + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Allocates all that was reserved. */
  void allocate() {
    memory = Optional.of(runtime.allocate(Math.max(bytes, ALIGNMENT), purpose));
  }

  boolean isAllocated() {
    return memory.isPresent();
  }

  /** Bytes of all that was reserved. */
  long bytes() {
    return bytes;
  }

  /** The address of a place. */
  long at(long place) {
    return memory
            .orElseThrow(() -> new IllegalStateException(purpose + " is not allocated"))
            .address()
        + place;
  }

  @Override
  public void close() {
    memory.ifPresent(DeviceMemory::close);
    memory = Optional.empty();
  }
}
