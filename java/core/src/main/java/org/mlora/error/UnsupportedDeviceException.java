package org.mlora.error;

/** The device asked for is not here or cannot do what was asked. Exit code 2. */
public final class UnsupportedDeviceException extends MloraException {
  public UnsupportedDeviceException(String message) {
    super(message);
  }

  public UnsupportedDeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
