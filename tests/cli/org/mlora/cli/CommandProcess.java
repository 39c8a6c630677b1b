package org.mlora.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A command in a process of its own, which can be interrupted and killed. */
final class CommandProcess {
  private CommandProcess() {}

  /** Starts a command whose standard output and error go to files {@code name.out} and .err. */
  static Process start(Path folder, String name, Object... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    Stream.of(arguments).map(String::valueOf).forEach(command::add);
    try {
      return new ProcessBuilder(command)
          .redirectOutput(folder.resolve(name + ".out").toFile())
          .redirectError(folder.resolve(name + ".err").toFile())
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
