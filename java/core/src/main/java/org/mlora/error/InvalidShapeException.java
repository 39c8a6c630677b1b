package org.mlora.error;

/** Sizes that do not fit together were passed to a backend. */
public final class InvalidShapeException extends MloraException {
  /** Takes a message of one line: what, where, and what to do. */
  public InvalidShapeException(String message) {
    super(message);
  }

  /** The same, with what brought it about. */
  public InvalidShapeException(String message, Throwable cause) {
    super(message, cause);
  }
}
