package org.mlora.error;

/**
 * Something was used after it was closed. Where a service replaces its predictor, a thread that
 * still held the old one asks the new one.
 */
public final class ClosedException extends IllegalStateException {
  /** Names what was closed. */
  public ClosedException(String what) {
    super(what + " is used after it was closed");
  }
}
