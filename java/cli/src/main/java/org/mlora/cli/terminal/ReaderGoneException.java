package org.mlora.cli.terminal;

/** The process that reads the results stopped before their end, as head does. Exit code 141. */
public final class ReaderGoneException extends RuntimeException {
  ReaderGoneException() {
    super("nobody reads standard output any more");
  }
}
