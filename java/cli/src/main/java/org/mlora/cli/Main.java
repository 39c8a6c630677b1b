package org.mlora.cli;

import java.util.Locale;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.Terminal;
import org.mlora.data.store.AtomicFolder;

/** The process of the {@code mlora} command. */
public final class Main {
  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    // Numbers look the same for everybody, in results, help and errors.
    Locale.setDefault(Locale.ROOT);
    Logging.configure(arguments);
    Terminal terminal = Terminal.ofProcess(System.getenv());
    Interruption interruption = new Interruption();
    interruption.listen(
        () -> {
          terminal.tell("mlora: interrupted");
          AtomicFolder.closeAll();
        });
    int code = new Program(terminal, interruption).run(arguments);
    interruption.finished(code);
    System.exit(code);
  }
}
