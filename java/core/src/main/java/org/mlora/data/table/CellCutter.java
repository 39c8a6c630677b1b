package org.mlora.data.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Supplier;
import org.mlora.error.InvalidInputException;

/** Cuts rows of a buffer into cells, eight bytes at a time where there are no quotes. */
final class CellCutter {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long LINE_FEEDS = '\n' * ONES;
  private static final long QUOTES = '"' * ONES;

  private final InputBuffer input;
  private final boolean quotes;
  private final byte delimiter;
  private final long delimiters;
  private final int second;
  private final Supplier<String> place;

  private int[] starts = new int[16];
  private int[] ends = new int[16];
  private boolean[] escaped = new boolean[16];
  private boolean escapes;
  private int width;
  private int lineBreaks;

  /**
   * A cutter of a buffer's rows.
   *
   * @param quotes whether a cell may be quoted
   * @param delimiter one or two ASCII characters
   * @param place of the row, for errors
   */
  CellCutter(InputBuffer input, boolean quotes, String delimiter, Supplier<String> place) {
    this.input = input;
    this.quotes = quotes;
    this.delimiter = (byte) delimiter.charAt(0);
    this.delimiters = this.delimiter * ONES;
    this.second = delimiter.length() == 2 ? delimiter.charAt(1) : -1;
    this.place = place;
  }

  String delimiter() {
    String first = String.valueOf((char) delimiter);
    return second < 0 ? first : first + (char) second;
  }

  /** Cells of the row. */
  int width() {
    return width;
  }

  /** Line breaks up to the next row, those inside of quotes among them. */
  int lineBreaks() {
    return lineBreaks;
  }

  int start(int cell) {
    return starts[cell];
  }

  int end(int cell) {
    return ends[cell];
  }

  /**
   * Cuts the row at the buffer's position; gives where the next one starts, or -1 where the buffer
   * ends first.
   *
   * @throws InvalidInputException where quotes are wrong
   */
  int cut() {
    int end = second < 0 ? cutPlain() : -1;
    return end < 0 ? cutAny() : end;
  }

  /**
   * The same eight bytes at a time; also gives -1 where there are quotes, and near the end of the
   * buffer.
   */
  private int cutPlain() {
    byte[] b = input.bytes;
    int limit = input.limit;
    int[] from = starts;
    int[] to = ends;
    int most = Math.min(from.length, to.length);
    int cells = 0;
    int start = input.position;
    for (int at = start; at + 8 <= limit; at += 8) {
      long bytes = (long) LONGS.get(b, at);
      if (quotes && zeroBytes(bytes ^ QUOTES) != 0) {
        return -1;
      }
      long found = zeroBytes(bytes ^ delimiters) | zeroBytes(bytes ^ LINE_FEEDS);
      for (; found != 0; found &= found - 1) {
        int end = at + (Long.numberOfTrailingZeros(found) >>> 3);
        if (cells == most) {
          return -1;
        }
        from[cells] = start;
        to[cells++] = end;
        start = end + 1;
        if (b[end] == '\n') {
          boolean carriage = end > from[cells - 1] && b[end - 1] == '\r';
          to[cells - 1] = carriage ? end - 1 : end;
          width = cells;
          lineBreaks = 1;
          escapes = false;
          return start;
        }
      }
    }
    return -1;
  }

  /** The top bit of every byte that is zero. */
  private static long zeroBytes(long bytes) {
    long low = 0x7F * ONES;
    return ~((bytes & low) + low | bytes | low);
  }

  private int cutAny() {
    byte[] b = input.bytes;
    int at = input.position;
    int stop = input.limit;
    width = 0;
    lineBreaks = 0;
    escapes = false;
    while (true) {
      if (width == starts.length) {
        grow();
      }
      escaped[width] = false;
      if (quotes && at < stop && b[at] == '"') {
        at = cutQuoted(at + 1);
        if (at < 0) {
          return -1;
        }
      } else {
        int start = at;
        starts[width] = start;
        while (at < stop && !(b[at] == delimiter && isDelimiter(at)) && b[at] != '\n') {
          at++;
        }
        if (at >= stop && !input.atEnd) {
          return -1;
        }
        boolean carriage = (at >= stop || b[at] == '\n') && at > start && b[at - 1] == '\r';
        ends[width++] = carriage ? at - 1 : at;
      }
      if (at >= stop) {
        return stop;
      }
      if (b[at] == '\n') {
        lineBreaks++;
        return at + 1;
      }
      at += second < 0 ? 1 : 2;
    }
  }

  private boolean isDelimiter(int at) {
    return second < 0 || input.at(at + 1) == second;
  }

  /**
   * Scans a quoted cell from behind its first quote; gives where it ends, or -1 to ask for more.
   */
  private int cutQuoted(int start) {
    byte[] b = input.bytes;
    int limit = input.limit;
    int at = start;
    while (true) {
      while (at < limit && b[at] != '"') {
        if (b[at] == '\n') {
          lineBreaks++;
        }
        at++;
      }
      if (at >= limit) {
        if (input.atEnd) {
          throw new InvalidInputException(place.get() + ": a quote is opened and never closed");
        }
        return -1;
      }
      if (at + 2 >= limit && !input.atEnd) {
        return -1;
      }
      if (input.at(at + 1) != '"') {
        break;
      }
      escaped[width] = true;
      escapes = true;
      at += 2;
    }
    starts[width] = start;
    ends[width++] = at;
    at++;
    if (input.at(at) == '\r' && (at + 1 >= limit || b[at + 1] == '\n')) {
      at++;
    }
    if (at < limit && b[at] != '\n' && !(b[at] == delimiter && isDelimiter(at))) {
      throw new InvalidInputException(
          place.get() + ": text follows a closing quote; write quotes inside a cell twice");
    }
    return at;
  }

  /** Makes {@code ""} one quote, in place. */
  void unescape() {
    if (!escapes) {
      return;
    }
    byte[] b = input.bytes;
    for (int i = 0; i < width; i++) {
      if (escaped[i]) {
        int to = starts[i];
        for (int from = starts[i]; from < ends[i]; from++) {
          b[to++] = b[from];
          if (b[from] == '"') {
            from++;
          }
        }
        ends[i] = to;
      }
    }
  }

  private void grow() {
    int size = 2 * starts.length;
    starts = Arrays.copyOf(starts, size);
    ends = Arrays.copyOf(ends, size);
    escaped = Arrays.copyOf(escaped, size);
  }
}
