package org.mlora.error;

/** A failure of this library; its message says what, where, and what to do. */
public abstract sealed class MloraException extends RuntimeException
    permits InvalidInputException,
        InvalidShapeException,
        UnsupportedDeviceException,
        OutOfDeviceMemoryException,
        FatalDeviceException,
        DivergedException,
        InterruptedOperationException {
  /** Takes a message of one line: what, where, and what to do. */
  protected MloraException(String message) {
    super(message);
  }

  /** The same, with what brought it about. */
  protected MloraException(String message, Throwable cause) {
    super(message, cause);
  }
}
