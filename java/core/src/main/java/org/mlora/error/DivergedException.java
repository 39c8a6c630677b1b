package org.mlora.error;

/** The loss became NaN or infinite. */
public final class DivergedException extends MloraException {
  public DivergedException(String message) {
    super(message);
  }

  public DivergedException(String message, Throwable cause) {
    super(message, cause);
  }
}
