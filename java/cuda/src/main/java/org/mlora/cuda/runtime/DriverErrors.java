package org.mlora.cuda.runtime;

import org.mlora.error.FatalDeviceException;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.error.UnsupportedDeviceException;

/** What error codes of CUDA mean for us; driver and runtime API share them. */
public final class DriverErrors {
  /** The code of an allocation that did not fit. */
  public static final int OUT_OF_MEMORY = 2;

  private DriverErrors() {}

  /**
   * The exception for a code.
   *
   * @param call what was called
   * @param name the code's name, for example {@code CUDA_ERROR_ILLEGAL_ADDRESS}
   */
  public static RuntimeException exception(int code, String call, String name) {
    String what = call + ": " + name + " (CUDA error " + code + ")";
    return switch (code) {
      case OUT_OF_MEMORY -> new OutOfDeviceMemoryException(what);
      case 100 -> new UnsupportedDeviceException("no CUDA device is visible (" + what + ")");
      case 101 -> new UnsupportedDeviceException("there is no such CUDA device (" + what + ")");
      case 209, 222, 218 ->
          new UnsupportedDeviceException(
              "the kernels were not built for this device or driver ("
                  + what
                  + "); update the driver");
      case 3, 34, 803, 804 ->
          new UnsupportedDeviceException(
              "the NVIDIA driver does not work ("
                  + what
                  + "); see nvidia-smi, and restart after a driver update");
      case 36, 801 ->
          new UnsupportedDeviceException("the device or driver cannot do it (" + what + ")");
      case 900, 901, 902, 903, 904, 905, 906, 907, 908 ->
          new IllegalStateException(
              "a recording failed ("
                  + what
                  + "); the device is as before: do it again, report this");
      default ->
          new FatalDeviceException(
              what + "; the process must restart" + (isDamage(code) ? "" : ": report this"));
    };
  }

  /** Codes after which every call of the process fails. */
  private static boolean isDamage(int code) {
    return code == 214 || code == 220 || (code >= 700 && code <= 720) || code == 999;
  }
}
