package org.mlora.backend.cpu;

import org.mlora.error.FatalDeviceException;
import org.mlora.error.InvalidInputException;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.nativelib.gen.Mlora;

/** Turns the status of a call of the C API into an exception. */
final class Status {
  private Status() {}

  /**
   * Returns when the call succeeded. Sizes are checked before a call is made, so an invalid
   * argument means invalid data, such as an id outside its table.
   */
  static void check(int status) {
    if (status != Mlora.MLORA_OK) {
      throw exception(status, Mlora.mlora_last_error());
    }
  }

  private static RuntimeException exception(int status, String message) {
    return switch (status) {
      case Mlora.MLORA_INVALID -> new InvalidInputException(message);
      case Mlora.MLORA_OUT_OF_MEMORY -> new OutOfDeviceMemoryException(message);
      case Mlora.MLORA_UNSUPPORTED -> new UnsupportedDeviceException(message);
      case Mlora.MLORA_FATAL -> new FatalDeviceException(message);
      default -> new FatalDeviceException("unknown status " + status + ": " + message);
    };
  }
}
