package org.mlora.error;

/** The device is in a state from which only a restart of the process recovers. */
public final class FatalDeviceException extends MloraException {
  /** Takes a message of one line: what, where, and what to do. */
  public FatalDeviceException(String message) {
    super(message);
  }

  /** The same, with what brought it about. */
  public FatalDeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
