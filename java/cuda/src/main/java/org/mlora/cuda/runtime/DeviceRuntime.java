package org.mlora.cuda.runtime;

/**
 * One device, with what the backend needs of it. Everything it hands out has one owner, who closes
 * it before the runtime is closed.
 *
 * <p>Calls may come from any thread, after {@link #bind} on that thread; work of one stream is done
 * in order.
 *
 * <p>Errors: {@link org.mlora.error.OutOfDeviceMemoryException} names what was asked, held and
 * free, and leaves everything usable; {@link org.mlora.error.FatalDeviceException} means that the
 * process must restart; {@link org.mlora.error.UnsupportedDeviceException} that the device or
 * driver cannot do what was asked.
 */
public interface DeviceRuntime extends AutoCloseable {
  DeviceFacts facts();

  /** Makes the device current for the calling thread. */
  void bind();

  /** Memory of the device now. */
  MemoryUse memory();

  /**
   * Allocates memory of the device, not cleared.
   *
   * @param bytes more than 0
   * @param purpose what it is for, in messages
   */
  DeviceMemory allocate(long bytes, String purpose);

  /** Allocates host memory that the device copies from and to without a detour. */
  PinnedMemory pin(int bytes, String purpose);

  Stream stream();

  /** A stream whose kernels go before those of others where the device has no room for both. */
  Stream urgentStream();

  Event event();

  /** Waits for all work of the device. */
  void synchronize();

  @Override
  void close();
}
