package org.mlora.cli;

import java.io.PrintStream;
import java.util.List;
import org.mlora.cli.terminal.InterruptedWorkException;
import org.mlora.cli.terminal.ReaderGoneException;
import org.mlora.cli.terminal.Terminal;
import org.mlora.error.InvalidInputException;
import org.mlora.error.MloraException;
import org.mlora.error.UnsupportedDeviceException;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one line and an exit code; the stack trace only on demand. */
final class Failures {
  private final Terminal terminal;

  Failures(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Wrong flags. */
  int onParameters(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    say(name + ": " + usage(failure) + "; see '" + name + " --help'");
    trace(failure, List.of(arguments).contains("--verbose"));
    return ExitCode.BAD_INPUT;
  }

  private static String usage(ParameterException failure) {
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof UnmatchedArgumentException unmatched) {
      List<String> close = unmatched.getSuggestions();
      String what = unmatched.getUnmatched().get(0);
      message =
          unmatched.isUnknownOption()
              ? "unknown option '" + what + "'"
              : "'" + what + "' is not expected here";
      if (!close.isEmpty()) {
        message += "; did you mean '" + close.get(0).replaceAll("=.*", "") + "'?";
      }
      return message;
    }
    if (failure.getArgSpec() instanceof OptionSpec option) {
      if (message.contains("should be in KEY=VALUE")) {
        message = option.longestName() + " takes " + option.paramLabel();
      }
      message = ConfigFile.origin(option, failure.getCommandLine()) + decapitalise(message);
    }
    return decapitalise(message);
  }

  private static String decapitalise(String text) {
    boolean word = text.length() > 1 && Character.isLowerCase(text.charAt(1));
    return word ? Character.toLowerCase(text.charAt(0)) + text.substring(1) : text;
  }

  /** Anything thrown by a command. */
  int onExecution(Exception failure, CommandLine command, ParseResult result) {
    if (failure instanceof ReaderGoneException) {
      return ExitCode.READER_GONE;
    }
    if (failure instanceof InterruptedWorkException) {
      say("mlora: " + failure.getMessage());
      return ExitCode.INTERRUPTED;
    }
    boolean known = failure instanceof MloraException;
    if (known) {
      say("mlora: " + failure.getMessage());
    } else {
      sayInternal(failure);
    }
    trace(failure, OutputFlags.verbose(command));
    boolean theirs =
        failure instanceof InvalidInputException || failure instanceof UnsupportedDeviceException;
    return theirs ? ExitCode.BAD_INPUT : ExitCode.FAILURE;
  }

  /** Found before a command runs, such as in its config file, or after it. */
  int onBadInput(InvalidInputException failure, String[] arguments) {
    say("mlora: " + failure.getMessage());
    trace(failure, List.of(arguments).contains("--verbose"));
    return ExitCode.BAD_INPUT;
  }

  int onMemory(OutOfMemoryError failure) {
    say(
        "mlora: out of memory ("
            + failure.getMessage()
            + "); give the JVM more, for example with MLORA_JAVA_OPTS=-Xmx8g");
    return ExitCode.FAILURE;
  }

  /** An error in the program. */
  int onUnexpected(Throwable failure, String[] arguments) {
    sayInternal(failure);
    trace(failure, List.of(arguments).contains("--verbose"));
    return ExitCode.FAILURE;
  }

  private void sayInternal(Throwable failure) {
    say("mlora: internal error: " + failure + "; add --verbose for the stack trace");
  }

  /** One line, whatever the message holds. */
  private void say(String message) {
    terminal.tell(message.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?"));
  }

  private void trace(Throwable failure, boolean wanted) {
    if (wanted) {
      PrintStream err = terminal.err();
      failure.printStackTrace(err);
      err.flush();
    }
  }
}
