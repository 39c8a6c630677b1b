package org.mlora.data.table;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * Reads CSV, TSV and the like by scanning bytes: UTF-8 with or without byte order mark, plain or
 * gzip, lines ending in LF or CRLF. Empty lines are skipped. Memory is bounded by the longest row.
 */
public final class DelimitedReader implements TableReader {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long LINE_FEEDS = '\n' * ONES;
  private static final long QUOTES = '"' * ONES;
  private static final int FIRST_CAPACITY = 1 << 18;
  private static final int MAX_ROW = 1 << 26;

  private final String source;
  private final CountingStream counter;
  private final InputStream in;
  private final boolean quotes;
  private final byte delimiter;
  private final long delimiters;
  private final int second;
  private final List<String> header;

  private byte[] buffer = new byte[FIRST_CAPACITY];
  private int position;
  private int limit;
  private boolean atEnd;

  private int[] starts = new int[16];
  private int[] ends = new int[16];
  private boolean[] escaped = new boolean[16];
  private boolean escapes;
  private int width;
  private int lineBreaks;
  private long line;
  private long nextLine = 1;
  private boolean pending;

  private DelimitedReader(String source, InputStream raw, DelimitedFormat format)
      throws IOException {
    this.source = source;
    this.counter = new CountingStream(raw);
    this.in = counter.unpacked();
    this.quotes = format.quotes();
    fill();
    if (limit >= 3
        && buffer[0] == (byte) 0xEF
        && buffer[1] == (byte) 0xBB
        && buffer[2] == (byte) 0xBF) {
      position = 3;
    }
    String chosen = format.delimiter().orElseGet(this::guessDelimiter);
    this.delimiter = (byte) chosen.charAt(0);
    this.delimiters = delimiter * ONES;
    this.second = chosen.length() == 2 ? chosen.charAt(1) : -1;
    if (!scanRow()) {
      throw new InvalidInputException(source + " is empty; give a file with rows");
    }
    if (format.columns().isEmpty()) {
      header = names();
    } else {
      header = format.columns();
      pending = true;
      checkWidth();
    }
  }

  /** Opens a file. */
  public static DelimitedReader open(Path path, DelimitedFormat format) {
    try {
      return of(Files.newInputStream(path), path.toString(), format);
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    }
  }

  /** Reads a stream, which is closed with the reader. */
  public static DelimitedReader of(InputStream in, String source, DelimitedFormat format) {
    try {
      return new DelimitedReader(source, in, format);
    } catch (IOException e) {
      closeQuietly(in, e);
      throw FileErrors.cannotRead(Path.of(source), e);
    } catch (RuntimeException e) {
      closeQuietly(in, e);
      throw e;
    }
  }

  private static void closeQuietly(InputStream in, Exception first) {
    try {
      in.close();
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  /** What stands between cells: as given, or as found out. */
  public String delimiter() {
    String first = String.valueOf((char) delimiter);
    return second < 0 ? first : first + (char) second;
  }

  private String guessDelimiter() {
    int[] counts = new int[128];
    boolean quoted = false;
    for (int i = position; i < limit && (quoted || buffer[i] != '\n'); i++) {
      if (buffer[i] == '"' && quotes) {
        quoted = !quoted;
      } else if (!quoted && buffer[i] >= 0) {
        counts[buffer[i]]++;
      }
    }
    String best = ",";
    for (String candidate : List.of("\t", ";", "|")) {
      if (counts[candidate.charAt(0)] > counts[best.charAt(0)]) {
        best = candidate;
      }
    }
    return best;
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < width; i++) {
      String name = decode(i).strip();
      if (!seen.add(name)) {
        throw new InvalidInputException(source + ": two columns are named '" + name + "'");
      }
      names.add(name);
    }
    return List.copyOf(names);
  }

  private String decode(int column) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(buffer, starts[column], ends[column] - starts[column]))
          .toString();
    } catch (CharacterCodingException e) {
      throw new InvalidInputException(place() + " is not UTF-8 text; convert the file", e);
    }
  }

  @Override
  public boolean next() {
    if (pending) {
      pending = false;
      return true;
    }
    try {
      if (!scanRow()) {
        return false;
      }
    } catch (IOException e) {
      throw new InvalidInputException(
          String.format("cannot read %s after line %,d: %s", source, line, e.getMessage()), e);
    }
    checkWidth();
    return true;
  }

  private void checkWidth() {
    if (width != header.size()) {
      throw new InvalidInputException(
          place()
              + " has "
              + width
              + " columns where "
              + header.size()
              + " are expected; check quotes and delimiter");
    }
  }

  /** Finds the cells of the next row that is not empty; false at the end of the file. */
  private boolean scanRow() throws IOException {
    while (true) {
      line = nextLine;
      int end = scanCells();
      while (end < 0) {
        if (!more()) {
          // The last row ends without a line break.
          end = limit;
          break;
        }
        end = scanCells();
      }
      boolean blank = width == 0 || width == 1 && starts[0] == ends[0] && buffer(position) != '"';
      boolean finished = atEnd && end >= limit && position >= limit;
      position = end;
      nextLine += lineBreaks;
      if (finished) {
        return false;
      }
      if (!blank) {
        if (escapes) {
          unescape();
        }
        return true;
      }
      if (atEnd && position >= limit) {
        return false;
      }
    }
  }

  private int buffer(int at) {
    return at < limit ? buffer[at] : -1;
  }

  /**
   * Scans from {@link #position}; gives where the next row starts, or -1 where the buffer ends
   * first.
   */
  private int scanCells() {
    int end = second < 0 ? scanPlainCells() : -1;
    return end < 0 ? scanAnyCells() : end;
  }

  /**
   * The same eight bytes at a time; also gives -1 where there are quotes, and near the end of the
   * buffer.
   */
  private int scanPlainCells() {
    byte[] b = buffer;
    int[] from = starts;
    int[] to = ends;
    int most = Math.min(from.length, to.length);
    int cells = 0;
    int start = position;
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

  private int scanAnyCells() {
    byte[] b = buffer;
    int at = position;
    int stop = limit;
    width = 0;
    lineBreaks = 0;
    escapes = false;
    while (true) {
      if (width == starts.length) {
        grow();
      }
      escaped[width] = false;
      if (quotes && at < stop && b[at] == '"') {
        at = scanQuoted(at + 1);
        if (at < 0) {
          return -1;
        }
      } else {
        int start = at;
        starts[width] = start;
        while (at < stop && !(b[at] == delimiter && isDelimiter(at)) && b[at] != '\n') {
          at++;
        }
        if (at >= stop && !atEnd) {
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
    return second < 0 || at + 1 < limit && buffer[at + 1] == second;
  }

  /**
   * Scans a quoted cell from behind its first quote; gives where it ends, or -1 to ask for more.
   */
  private int scanQuoted(int start) {
    int at = start;
    while (true) {
      while (at < limit && buffer[at] != '"') {
        if (buffer[at] == '\n') {
          lineBreaks++;
        }
        at++;
      }
      if (at >= limit) {
        if (atEnd) {
          throw new InvalidInputException(place() + ": a quote is opened and never closed");
        }
        return -1;
      }
      if (at + 2 >= limit && !atEnd) {
        return -1;
      }
      if (buffer(at + 1) != '"') {
        break;
      }
      escaped[width] = true;
      escapes = true;
      at += 2;
    }
    starts[width] = start;
    ends[width++] = at;
    at++;
    if (buffer(at) == '\r' && (at + 1 >= limit || buffer[at + 1] == '\n')) {
      at++;
    }
    if (at < limit && buffer[at] != '\n' && !(buffer[at] == delimiter && isDelimiter(at))) {
      throw new InvalidInputException(
          place() + ": text follows a closing quote; write quotes inside a cell twice");
    }
    return at;
  }

  /** Makes {@code ""} one quote, in place. */
  private void unescape() {
    for (int i = 0; i < width; i++) {
      if (escaped[i]) {
        int to = starts[i];
        for (int from = starts[i]; from < ends[i]; from++) {
          buffer[to++] = buffer[from];
          if (buffer[from] == '"') {
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

  /**
   * Moves the unfinished row to the front and reads on; false where the row is already complete.
   */
  private boolean more() throws IOException {
    if (atEnd) {
      return false;
    }
    if (position > 0) {
      System.arraycopy(buffer, position, buffer, 0, limit - position);
      limit -= position;
      position = 0;
    }
    if (limit == buffer.length) {
      if (buffer.length >= MAX_ROW) {
        throw new InvalidInputException(
            String.format(
                "%s line %,d is longer than 64 MiB; is a quote never closed?", source, line));
      }
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
    fill();
    return true;
  }

  private void fill() throws IOException {
    int n = in.readNBytes(buffer, limit, buffer.length - limit);
    limit += n;
    atEnd = limit < buffer.length;
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public List<String> header() {
    return header;
  }

  @Override
  public long line() {
    return line;
  }

  @Override
  public byte[] bytes() {
    return buffer;
  }

  @Override
  public int start(int column) {
    return starts[column];
  }

  @Override
  public int end(int column) {
    return ends[column];
  }

  @Override
  public long bytesRead() {
    return counter.count();
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw FileErrors.cannotRead(Path.of(source), e);
    }
  }
}
