package org.mlora.error;

/** The loss became NaN or infinite. */
public final class DivergedException extends MloraException {
  /** Takes a message of one line: what, where, and what to do. */
  public DivergedException(String message) {
    super(message);
  }

  /** The same, with what brought it about. */
  public DivergedException(String message, Throwable cause) {
    super(message, cause);
  }
}
