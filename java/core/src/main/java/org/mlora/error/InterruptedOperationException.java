package org.mlora.error;

/**
 * The calling thread was interrupted while it trained, or read or wrote a file; its interrupt flag
 * is still set. No file is at fault: the same call may succeed in a thread that is not interrupted.
 */
public final class InterruptedOperationException extends MloraException {
  /** Takes a message of one line: what, where, and what to do. */
  public InterruptedOperationException(String message) {
    super(message);
  }

  /** The same, with what brought it about. */
  public InterruptedOperationException(String message, Throwable cause) {
    super(message, cause);
  }
}
