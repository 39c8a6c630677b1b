package org.mlora.cli.terminal;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How far the work has come: on a terminal one line that is drawn over, elsewhere a plain line now
 * and then, with {@code --quiet} nothing.
 */
public final class StatusLine implements AutoCloseable {
  private static final Duration REDRAW = Duration.ofMillis(100);
  private static final Duration PLAIN = Duration.ofSeconds(3);
  private static final String ERASE = "\r\u001b[K";

  private final Terminal terminal;
  private final boolean quiet;
  private final InstantSource clock;
  private Optional<Instant> last = Optional.empty();
  private boolean drawn;

  public StatusLine(Terminal terminal, boolean quiet) {
    this(terminal, quiet, InstantSource.system());
  }

  StatusLine(Terminal terminal, boolean quiet, InstantSource clock) {
    this.terminal = terminal;
    this.quiet = quiet;
    this.clock = clock;
  }

  /** The present state; most of them are not shown. */
  public void update(Supplier<String> line) {
    if (quiet || !due()) {
      return;
    }
    last = Optional.of(clock.instant());
    if (terminal.interactive()) {
      draw(line.get());
    } else {
      terminal.tell(line.get());
    }
  }

  /** The first state waits too where lines are plain: short work shows none. */
  private boolean due() {
    if (last.isEmpty()) {
      last = Optional.of(clock.instant());
      return terminal.interactive();
    }
    Duration since = Duration.between(last.get(), clock.instant());
    return since.compareTo(terminal.interactive() ? REDRAW : PLAIN) >= 0;
  }

  /** A line that stays. */
  public void tell(String line) {
    if (!quiet) {
      close();
      last = Optional.of(clock.instant());
      terminal.tell(line);
    }
  }

  private void draw(String line) {
    int room = terminal.columns() - 1;
    terminal.err().print(ERASE + (line.length() <= room ? line : line.substring(0, room)));
    terminal.err().flush();
    drawn = true;
  }

  /** Takes the drawn line away. */
  @Override
  public void close() {
    if (drawn) {
      terminal.err().print(ERASE);
      terminal.err().flush();
      drawn = false;
    }
  }
}
