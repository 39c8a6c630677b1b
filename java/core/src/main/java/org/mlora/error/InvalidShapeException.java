package org.mlora.error;

/** Sizes that do not fit together were passed to a backend. */
public final class InvalidShapeException extends MloraException {
  public InvalidShapeException(String message) {
    super(message);
  }

  public InvalidShapeException(String message, Throwable cause) {
    super(message, cause);
  }
}
