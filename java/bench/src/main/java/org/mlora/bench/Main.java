package org.mlora.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code mlora bench} command. */
@Command(
    name = "mlora bench",
    description = "Measures MLoRA beside libtorch in one run.",
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
