package org.mlora.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code mlora} command. */
@Command(
    name = "mlora",
    description = "Trains and evaluates multi-domain click-through-rate models.",
    version = "mlora 0.1.0-SNAPSHOT",
    mixinStandardHelpOptions = true)
public final class Main implements Runnable {
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }
}
