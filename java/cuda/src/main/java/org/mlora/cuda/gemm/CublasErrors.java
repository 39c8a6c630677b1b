package org.mlora.cuda.gemm;

import org.mlora.error.FatalDeviceException;
import org.mlora.error.MloraException;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.error.UnsupportedDeviceException;

/** What status codes of cuBLAS mean for us. */
public final class CublasErrors {
  private CublasErrors() {}

  /** Returns when the status is success. */
  public static void check(int status, String call) {
    if (status != 0) {
      throw exception(status, call);
    }
  }

  private static MloraException exception(int status, String call) {
    return switch (status) {
      case 1 -> unsupported("cuBLAS could not be initialised", status, call);
      case 3 ->
          new OutOfDeviceMemoryException(
              "cuBLAS found no room on the device ("
                  + call
                  + "); free memory or use a smaller batch");
      case 8 -> unsupported("cuBLAS does not know this device", status, call);
      case 15 -> unsupported("cuBLAS does not support this product", status, call);
      default ->
          new FatalDeviceException(
              call + " failed with cuBLAS status " + status + "; the process must restart");
    };
  }

  private static MloraException unsupported(String what, int status, String call) {
    return new UnsupportedDeviceException(
        what + " (" + call + ", status " + status + "); update driver and CUDA libraries");
  }
}
