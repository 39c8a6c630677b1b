package org.mlora.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class StatusLineTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Instant now = Instant.EPOCH;
  private final InstantSource clock = () -> now;

  private StatusLine line(boolean interactive, boolean quiet, int columns) {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    Terminal terminal =
        new Terminal(
            InputStream.nullInputStream(),
            stream,
            stream,
            false,
            interactive,
            columns,
            StandardCharsets.UTF_8);
    return new StatusLine(terminal, quiet, clock);
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  private String printed() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void drawsOverOneLineOnATerminalAndTakesItAwayInTheEnd() {
    try (StatusLine line = line(true, false, 80)) {
      line.update(() -> "one");
      pass(Duration.ofSeconds(1));
      line.update(() -> "two");
    }
    assertThat(printed()).isEqualTo("\r\u001b[Kone\r\u001b[Ktwo\r\u001b[K");
  }

  @Test
  void neverDrawsMoreThanTheTerminalIsWide() {
    line(true, false, 10).update(() -> "0123456789abcdef");
    assertThat(printed()).isEqualTo("\r\u001b[K012345678");
  }

  @Test
  void redrawsTenTimesASecondAtMost() {
    StatusLine line = line(true, false, 80);
    for (int i = 0; i < 1000; i++) {
      line.update(() -> "x");
      pass(Duration.ofMillis(1));
    }
    assertThat(printed().chars().filter(c -> c == 'x').count()).isEqualTo(10);
  }

  @Test
  void printsPlainLinesEveryFewSecondsWithoutATerminal() {
    StatusLine line = line(false, false, 80);
    for (int i = 0; i < 100; i++) {
      line.update(() -> "x");
      pass(Duration.ofMillis(100));
    }
    assertThat(printed()).isEqualTo("x\nx\nx\n").doesNotContain("\u001b");
  }

  @Test
  void printsNothingWhenQuiet() {
    try (StatusLine line = line(true, true, 80)) {
      line.update(() -> "x");
      pass(Duration.ofSeconds(10));
      line.update(() -> "x");
      line.tell("y");
    }
    assertThat(printed()).isEmpty();
  }
}
