package org.mlora.cuda.jcuda;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
import static org.mlora.cuda.jcuda.Check.check;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import org.mlora.cuda.runtime.CaptureLock;
import org.mlora.cuda.runtime.DeviceFacts;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.DriverErrors;
import org.mlora.cuda.runtime.Event;
import org.mlora.cuda.runtime.MemoryPool;
import org.mlora.cuda.runtime.MemoryUse;
import org.mlora.cuda.runtime.PinnedMemory;
import org.mlora.cuda.runtime.Stream;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.error.UnsupportedDeviceException;

/** A device of the CUDA driver. Uses its primary context, which the kernels' library shares. */
public final class JCudaRuntime implements DeviceRuntime {
  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final DeviceFacts facts;
  private final MemoryPool pool = new MemoryPool(JCudaRuntime::take, JCudaRuntime::giveBack);
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Opens a device.
   *
   * @throws UnsupportedDeviceException when there is no driver or no such device
   */
  public JCudaRuntime(int index) {
    int count = count();
    if (index < 0 || index >= count) {
      throw new UnsupportedDeviceException(
          "there is no CUDA device "
              + index
              + ": "
              + (count == 0
                  ? "none is visible; see nvidia-smi and CUDA_VISIBLE_DEVICES"
                  : count + " visible, numbered from 0"));
    }
    check(JCudaDriver.cuDeviceGet(device, index), "cuDeviceGet");
    this.facts = describe(index, device);
    check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
    bind();
  }

  /**
   * Number of visible devices.
   *
   * @throws UnsupportedDeviceException when there is no working driver
   */
  public static int count() {
    JCudaLibrary.driver().require();
    int[] count = new int[1];
    int result = JCudaDriver.cuInit(0);
    if (result == 100) { // CUDA_ERROR_NO_DEVICE
      return 0;
    }
    check(result, "cuInit");
    check(JCudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
    return count[0];
  }

  /** What the device of that number is. */
  public static DeviceFacts describe(int index) {
    CUdevice device = new CUdevice();
    check(JCudaDriver.cuDeviceGet(device, index), "cuDeviceGet");
    return describe(index, device);
  }

  private static DeviceFacts describe(int index, CUdevice device) {
    byte[] name = new byte[256];
    check(JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
    long[] total = new long[1];
    check(JCudaDriver.cuDeviceTotalMem(total, device), "cuDeviceTotalMem");
    int[] version = new int[1];
    check(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
    int major = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    int minor = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    return new DeviceFacts(
        index,
        new String(name, StandardCharsets.UTF_8).replaceFirst("\0.*", ""),
        10 * major + minor,
        attribute(device, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        total[0],
        version[0] / 1000 + "." + version[0] % 1000 / 10);
  }

  private static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    check(JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
    return value[0];
  }

  @Override
  public DeviceFacts facts() {
    return facts;
  }

  @Override
  public void bind() {
    check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
  }

  @Override
  public MemoryUse memory() {
    long[] free = new long[1];
    long[] total = new long[1];
    check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
    return new MemoryUse(pool.heldBytes(), free[0] + pool.keptBytes(), total[0]);
  }

  @Override
  public DeviceMemory allocate(long bytes, String purpose) {
    return pool.allocate(bytes, purpose, this::memory);
  }

  private static long take(long bytes) {
    Places.Allocated place = new Places.Allocated();
    int result = JCudaDriver.cuMemAlloc(place, bytes);
    if (result == DriverErrors.OUT_OF_MEMORY) {
      return MemoryPool.NONE;
    }
    check(result, "cuMemAlloc");
    return place.address();
  }

  private static void giveBack(long address) {
    CaptureLock.waiting(() -> check(JCudaDriver.cuMemFree(Places.device(address)), "cuMemFree"));
  }

  @Override
  public PinnedMemory pin(int bytes, String purpose) {
    Places.Host place = new Places.Host();
    int result = JCudaDriver.cuMemHostAlloc(place, bytes, JCudaDriver.CU_MEMHOSTALLOC_PORTABLE);
    if (result == DriverErrors.OUT_OF_MEMORY) {
      throw new OutOfDeviceMemoryException(
          "no room for "
              + purpose
              + ": the system refused "
              + MemoryUse.size(bytes)
              + " of pinned host memory; see 'ulimit -l' and free memory");
    }
    check(result, "cuMemHostAlloc");
    return new PinnedMemory(
        place.address(),
        place.getByteBuffer(0, bytes),
        address -> {
          bind();
          CaptureLock.waiting(
              () -> check(JCudaDriver.cuMemFreeHost(Places.host(address)), "cuMemFreeHost"));
        });
  }

  @Override
  public Stream stream() {
    return new JCudaStream(JCudaStream.USUAL);
  }

  @Override
  public Stream urgentStream() {
    return new JCudaStream(JCudaStream.URGENT);
  }

  @Override
  public Event event() {
    return new JCudaEvent();
  }

  @Override
  public void synchronize() {
    CaptureLock.waiting(() -> check(JCudaDriver.cuCtxSynchronize(), "cuCtxSynchronize"));
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      bind();
      pool.trim();
      CaptureLock.waiting(
          () -> check(JCudaDriver.cuDevicePrimaryCtxRelease(device), "cuDevicePrimaryCtxRelease"));
    }
  }
}
