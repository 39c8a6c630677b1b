package org.mlora.error;

/** The device has too little memory left; the engine stays usable. */
public final class OutOfDeviceMemoryException extends MloraException {
  public OutOfDeviceMemoryException(String message) {
    super(message);
  }

  public OutOfDeviceMemoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
