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
  protected MloraException(String message) {
    super(message);
  }

  protected MloraException(String message, Throwable cause) {
    super(message, cause);
  }
}
