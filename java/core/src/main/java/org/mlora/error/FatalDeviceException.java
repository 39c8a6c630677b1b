package org.mlora.error;

/** The device is in a state from which only a restart of the process recovers. */
public final class FatalDeviceException extends MloraException {
  public FatalDeviceException(String message) {
    super(message);
  }

  public FatalDeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
