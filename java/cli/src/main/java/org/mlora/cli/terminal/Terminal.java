package org.mlora.cli.terminal;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.mlora.error.InvalidInputException;

/**
 * The streams a command talks through: results on {@code out}, everything else on {@code err}.
 *
 * @param piped whether another process reads {@code out}, and may stop before its end, as head does
 * @param interactive whether a person watches {@code err}, so that a line may be drawn over
 * @param columns width of the terminal
 * @param charset of {@code out} and {@code err}
 */
public record Terminal(
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean piped,
    boolean interactive,
    int columns,
    Charset charset) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /**
   * For charsets that would put a question mark, or bytes that are not UTF-8, in place of a text.
   */
  private static final ObjectWriter ASCII_JSON =
      JSON.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);

  /** The streams of the process. */
  public static Terminal ofProcess(Map<String, String> environment) {
    Charset charset = charset(environment);
    boolean plain =
        !environment.getOrDefault("NO_COLOR", "").isEmpty()
            || environment.getOrDefault("TERM", "dumb").equals("dumb");
    return new Terminal(
        System.in,
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, charset),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, charset),
        device(1).startsWith("pipe:"),
        !plain && errorsAreShown(),
        columns(environment.getOrDefault("COLUMNS", "")),
        charset);
  }

  /** Java 17 assumes ASCII in the C locale, where terminals and files of today are UTF-8. */
  private static Charset charset(Map<String, String> environment) {
    Charset given = Charset.forName(System.getProperty("native.encoding", "UTF-8"));
    boolean unset =
        environment.getOrDefault("LC_ALL", "").isEmpty()
            && environment.getOrDefault("LC_CTYPE", "").isEmpty()
            && environment.getOrDefault("LANG", "").isEmpty();
    return unset ? StandardCharsets.UTF_8 : given;
  }

  private static boolean errorsAreShown() {
    String device = device(2);
    if (device.isEmpty()) {
      // There a console is both ends of a terminal.
      return System.console() != null;
    }
    return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
  }

  /** What a file descriptor of the process is; empty outside Linux. */
  private static String device(int descriptor) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }

  private static int columns(String text) {
    return text.matches("[1-9]\\d{1,3}") ? Integer.parseInt(text) : 80;
  }

  /** A line of the result. */
  public void print(String text) {
    out.print(text.endsWith("\n") ? text : text + "\n");
  }

  /** The result as the one JSON document of {@code out}. */
  public void print(JsonNode json) {
    try {
      ObjectWriter writer = charset.equals(StandardCharsets.UTF_8) ? JSON.writer() : ASCII_JSON;
      out.print(writer.writeValueAsString(json) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Fails where results do not arrive; a stream for printing would swallow that.
   *
   * @throws ReaderGoneException where another process has stopped reading them
   * @throws InvalidInputException where they cannot be written
   */
  public void settle() {
    if (out.checkError()) {
      if (piped) {
        throw new ReaderGoneException();
      }
      throw new InvalidInputException("standard output cannot be written; is its disk full?");
    }
  }

  /** A line of news or of error. */
  public void tell(String line) {
    err.print(line + "\n");
    err.flush();
  }
}
