package org.mlora.cli.terminal;

/** The work was asked to stop, and did. Exit code 130. */
public final class InterruptedWorkException extends RuntimeException {
  public InterruptedWorkException(String message) {
    super(message);
  }
}
