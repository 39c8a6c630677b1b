package org.mlora.cli;

import org.mlora.cli.terminal.Interruption;

/** What the process tells its caller. */
final class ExitCode {
  static final int DONE = 0;
  static final int FAILURE = 1;
  static final int BAD_INPUT = 2;
  static final int INTERRUPTED = Interruption.EXIT_CODE;

  /** Nobody reads the results any more, as after {@code | head}; a shell's 128 + SIGPIPE. */
  static final int READER_GONE = 141;

  private ExitCode() {}
}
