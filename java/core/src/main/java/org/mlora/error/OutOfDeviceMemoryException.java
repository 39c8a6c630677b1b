package org.mlora.error;

/** The device has too little memory left; the engine stays usable. */
public final class OutOfDeviceMemoryException extends MloraException {
  /** Takes a message of one line: what, where, and what to do. */
  public OutOfDeviceMemoryException(String message) {
    super(message);
  }

  /** The same, with what brought it about. */
  public OutOfDeviceMemoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
