package org.mlora.cuda.gpu;

import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
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
  public static Backend backend(Precision precision) {
    return GPU ? gpu(precision) : Emulated.backend(precision);
  }

  private static Backend gpu(Precision precision) {
    return with(
        CudaBackendProvider.PRECISION_PROPERTY,
        precision.name(),
        () -> new CudaBackendProvider().open(0));
  }

  /** Calls something while a system property is set. */
  static <T> T with(String property, String value, Callable<T> body) {
    String before = System.getProperty(property);
    System.setProperty(property, value);
    try {
      return body.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      if (before == null) {
        System.clearProperty(property);
      } else {
        System.setProperty(property, before);
      }
    }
  }
}
