package org.mlora.bench;

import java.util.Locale;
import org.mlora.bench.quality.QualityCommand;
import org.mlora.error.InvalidInputException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code mlora bench} command. */
@Command(
    name = "mlora bench",
    description = "Measures MLoRA beside PyTorch's libtorch in one run.",
    subcommands = {CpuCommand.class, ModelsCommand.class, QualityCommand.class},
    mixinStandardHelpOptions = true)
public final class Main implements Runnable {
  @Spec CommandSpec command;

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    configure();
    System.exit(commandLine().execute(arguments));
  }

  /** The command, with errors in one line. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(
            (failure, line, result) -> {
              System.err.println("mlora bench: " + failure.getMessage());
              return failure instanceof InvalidInputException ? 2 : 1;
            });
  }

  /** Settings of JavaCPP, which reads them when it is first used. */
  private static void configure() {
    // Both sides hold far more memory than the Java heap.
    System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxbytes", "0");
    // It warns that the BLAS is of another release than the bindings, which is meant.
    System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
  }

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(), "say what to measure: cpu, models or quality");
  }
}
