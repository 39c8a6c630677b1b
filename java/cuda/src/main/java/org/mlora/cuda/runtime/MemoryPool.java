package org.mlora.cuda.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.mlora.error.OutOfDeviceMemoryException;

/**
 * Keeps memory that was given back for the next who asks for as much, so that compiling a network
 * again costs no allocation of the driver's. Small sizes are rounded up to a power of two, larger
 * ones to 2 MiB. When the device is full, what is kept is given back and the allocation tried
 * again.
 */
public final class MemoryPool {
  private static final long SMALLEST = 256;
  private static final long LARGE = 2L << 20;

  /** What an allocator gives where there is no room. */
  public static final long NONE = 0;

  private final LongUnaryOperator allocate;
  private final LongConsumer free;
  private final Map<Long, Deque<Long>> kept = new HashMap<>();
  private long heldBytes;
  private long keptBytes;

  /**
   * Over an allocator.
   *
   * @param allocate gives the address of so many bytes, or {@link #NONE}
   * @param free gives an address back
   */
  public MemoryPool(LongUnaryOperator allocate, LongConsumer free) {
    this.allocate = allocate;
    this.free = free;
  }

  /**
   * Hands out memory, which comes back when it is closed.
   *
   * @param use tells the state of the device for the message of a refusal
   * @throws OutOfDeviceMemoryException when the device has no room
   */
  public synchronized DeviceMemory allocate(long bytes, String purpose, Supplier<MemoryUse> use) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("asked for " + bytes + " bytes for " + purpose);
    }
    long size = rounded(bytes);
    Deque<Long> same = kept.get(size);
    long address = NONE;
    if (same != null && !same.isEmpty()) {
      address = same.pop();
      keptBytes -= size;
    } else {
      address = allocate.applyAsLong(size);
      if (address == NONE && keptBytes > 0) {
        trim();
        address = allocate.applyAsLong(size);
      }
    }
    if (address == NONE) {
      throw new OutOfDeviceMemoryException(use.get().refusal(bytes, purpose));
    }
    heldBytes += size;
    return new DeviceMemory(address, bytes, back -> keep(back, size));
  }

  private synchronized void keep(long address, long size) {
    heldBytes -= size;
    keptBytes += size;
    kept.computeIfAbsent(size, s -> new ArrayDeque<>()).push(address);
  }

  /** Gives all that is kept back to the device. */
  public synchronized void trim() {
    kept.values().forEach(addresses -> addresses.forEach(free::accept));
    kept.clear();
    keptBytes = 0;
  }

  /** Bytes handed out and not closed. */
  public synchronized long heldBytes() {
    return heldBytes;
  }

  /** Bytes that came back and wait for the next who asks. */
  public synchronized long keptBytes() {
    return keptBytes;
  }

  static long rounded(long bytes) {
    if (bytes >= LARGE) {
      return (bytes + LARGE - 1) / LARGE * LARGE;
    }
    return Math.max(SMALLEST, Long.highestOneBit(2 * bytes - 1));
  }
}
