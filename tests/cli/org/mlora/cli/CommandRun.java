package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.Terminal;

/** One command run inside the test's process, and what it printed. */
record CommandRun(int code, String out, String err) {
  static CommandRun of(Object... arguments) {
    return withInput("", arguments);
  }

  static CommandRun withInput(String in, Object... arguments) {
    return with(in, new Interruption(), arguments);
  }

  static CommandRun with(String in, Interruption interruption, Object... arguments) {
    byte[] bytes = in.getBytes(StandardCharsets.UTF_8);
    return with(new ByteArrayInputStream(bytes), interruption, arguments);
  }

  static CommandRun with(InputStream in, Interruption interruption, Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            in,
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            80,
            StandardCharsets.UTF_8);
    String[] words = Stream.of(arguments).map(String::valueOf).toArray(String[]::new);
    int code = new Program(terminal, interruption).run(words);
    return new CommandRun(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  List<String> errorLines() {
    return err.lines().toList();
  }

  /** Bad input: exit code 2 and one line for people that says all this, no stack trace. */
  void requireOneLine(List<String> says) {
    assertThat(code).as(toString()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(out).isEmpty();
    assertThat(errorLines()).as(toString()).hasSize(1);
    assertThat(err)
        .startsWith("mlora")
        .contains(says)
        .doesNotContain("Exception")
        .doesNotContain("\tat ");
  }

  /** Fails unless it came to its end; gives itself. */
  CommandRun requireDone() {
    assertThat(code).as(toString()).isZero();
    return this;
  }

  /**
   * Prints a kind of bad input with its line where {@code -Dmlora.print=true} asks for it.
   *
   * @param folder the fixture's, which is shortened to DIR
   */
  void print(String kind, Path folder) {
    if (Boolean.getBoolean("mlora.print")) {
      System.out.println(kind + " -> " + err.strip().replace(folder.toString(), "DIR"));
    }
  }

  /** What a person sees, for messages of failed assertions. */
  @Override
  public String toString() {
    return "exit code " + code + "\n--- out\n" + out + "--- err\n" + err;
  }
}
