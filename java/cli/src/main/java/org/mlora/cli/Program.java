package org.mlora.cli;

import java.util.stream.Stream;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.ReaderGoneException;
import org.mlora.cli.terminal.Terminal;
import org.mlora.error.InvalidInputException;
import picocli.CommandLine;

/** One run of the command line: arguments in, results on streams, an exit code out. */
public final class Program {
  private final Terminal terminal;
  private final Interruption interruption;

  public Program(Terminal terminal, Interruption interruption) {
    this.terminal = terminal;
    this.interruption = interruption;
  }

  /** Runs one command. */
  public int run(String... words) {
    String[] arguments = helpAsFlag(words);
    Failures failures = new Failures(terminal);
    CommandLine commands = Commands.create(new Context(terminal, interruption));
    commands.setParameterExceptionHandler(failures::onParameters);
    commands.setExecutionExceptionHandler(failures::onExecution);
    int code;
    try {
      requireReadable(arguments);
      ConfigFile.apply(commands, arguments);
      code = commands.execute(arguments);
      if (code == ExitCode.DONE) {
        terminal.settle();
      }
    } catch (ReaderGoneException e) {
      code = ExitCode.READER_GONE;
    } catch (InvalidInputException e) {
      code = failures.onBadInput(e, arguments);
    } catch (OutOfMemoryError e) {
      code = failures.onMemory(e);
    } catch (Throwable e) {
      // Without a code of its own the process would end as if it had been interrupted.
      code = failures.onUnexpected(e, arguments);
    }
    terminal.out().flush();
    return code;
  }

  /** {@code help COMMAND} asks what {@code COMMAND --help} answers. */
  private static String[] helpAsFlag(String[] words) {
    return words.length == 0 || !words[0].equals("help")
        ? words
        : Stream.concat(Stream.of(words).skip(1), Stream.of("--help")).toArray(String[]::new);
  }

  /** Java puts U+FFFD for what it cannot read, which would then stand for a name or a label. */
  private static void requireReadable(String[] arguments) {
    for (String argument : arguments) {
      if (argument.indexOf('\uFFFD') >= 0) {
        throw new InvalidInputException(
            "the argument '"
                + argument
                + "' has characters that this locale cannot hold (sun.jnu.encoding is "
                + System.getProperty("sun.jnu.encoding")
                + "); set LC_ALL=C.UTF-8");
      }
    }
  }
}
