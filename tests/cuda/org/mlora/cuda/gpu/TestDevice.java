package org.mlora.cuda.gpu;

import org.mlora.backend.DeviceOptions;
import org.mlora.cuda.CudaBackend;
import org.mlora.cuda.CudaBackendProvider;
import org.mlora.cuda.emulated.Emulated;
import org.mlora.cuda.gemm.Precision;

/**
 * The device that tests run on: emulated, or with {@code -Dmlora.test.gpu=true} the first GPU,
 * which must then be there.
 */
public final class TestDevice {
  private static final boolean GPU = Boolean.getBoolean("mlora.test.gpu");

  private TestDevice() {}

  /** Whether it is a GPU. */
  public static boolean isGpu() {
    return GPU;
  }

  /** A backend on it; the caller closes it. */
  public static CudaBackend backend(Precision precision) {
    return GPU ? gpu(precision) : Emulated.backend(precision);
  }

  private static CudaBackend gpu(Precision precision) {
    return gpu(new DeviceOptions(precision.word(), DeviceOptions.DEFAULT.gemm()));
  }

  /** The first GPU. */
  static CudaBackend gpu(DeviceOptions options) {
    return new CudaBackendProvider().open(0, options);
  }
}
