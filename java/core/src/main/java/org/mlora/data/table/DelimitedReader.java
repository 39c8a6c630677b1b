package org.mlora.data.table;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  private final String source;
  private final InputBuffer input;
  private final boolean quotes;
  private final CellCutter cells;
  private final List<String> header;
  private long line;
  private long nextLine = 1;
  private boolean pending;

  private DelimitedReader(String source, InputStream raw, DelimitedFormat format)
      throws IOException {
    this.source = source;
    this.input = new InputBuffer(raw);
    this.quotes = format.quotes();
    if (input.startsWith(Tables.PARQUET)) {
      throw new InvalidInputException(
          source + " holds Parquet, which is read from files only; write it to one");
    }
    UnreadFormat.of(input).ifPresent(this::refuse);
    String delimiter = format.delimiter().orElseGet(this::guessDelimiter);
    this.cells = new CellCutter(input, quotes, delimiter, this::place);
    if (!scanRow()) {
      throw new InvalidInputException(source + " is empty; give a file with rows");
    }
    refuseReturnsAlone();
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
    } catch (Throwable e) {
      closeQuietly(in, e);
      throw e;
    }
  }

  private static void closeQuietly(InputStream in, Throwable first) {
    try {
      in.close();
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  /** What stands between cells: as given, or as found out. */
  public String delimiter() {
    return cells.delimiter();
  }

  /** Whether {@code "} encloses cells. */
  public boolean quotes() {
    return quotes;
  }

  private void refuse(String what) {
    throw new InvalidInputException(
        source + " is " + what + ", which is not read; give it as text, plain or packed by gzip");
  }

  /** All would be one row. */
  private void refuseReturnsAlone() {
    if (cells.lineBreaks() == 0) {
      for (int i = start(0); i < end(cells.width() - 1); i++) {
        if (input.at(i) == '\r') {
          throw new InvalidInputException(
              source
                  + " ends its lines by carriage returns alone; convert it, for example by"
                  + " tr '\\r' '\\n'");
        }
      }
    }
  }

  private String guessDelimiter() {
    int[] counts = new int[128];
    boolean quoted = false;
    int start = input.position;
    while (start < input.limit && (input.at(start) == '\n' || input.at(start) == '\r')) {
      start++;
    }
    for (int i = start; i < input.limit && (quoted || input.at(i) != '\n'); i++) {
      int found = input.at(i);
      if (found == '"' && quotes) {
        quoted = !quoted;
      } else if (!quoted && found >= 0) {
        counts[found]++;
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
    for (int i = 0; i < cells.width(); i++) {
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
          .decode(ByteBuffer.wrap(input.bytes, start(column), end(column) - start(column)))
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
          "cannot read on after " + place() + ": " + FileErrors.reason(e) + "; use another copy",
          e);
    }
    checkWidth();
    return true;
  }

  private void checkWidth() {
    if (cells.width() != header.size()) {
      throw new InvalidInputException(
          place()
              + " has "
              + cells.width()
              + " columns where "
              + header.size()
              + " are expected; check quotes and delimiter");
    }
  }

  /** Finds the cells of the next row that is not empty; false at the end of the file. */
  private boolean scanRow() throws IOException {
    while (true) {
      line = nextLine;
      int end = cells.cut();
      while (end < 0) {
        if (input.atEnd) {
          // The last row ends without a line break.
          end = input.limit;
          break;
        }
        more();
        end = cells.cut();
      }
      int first = input.position;
      int width = cells.width();
      boolean blank = width == 0 || width == 1 && start(0) == end(0) && input.at(first) != '"';
      boolean finished = input.atEnd && end >= input.limit && first >= input.limit;
      input.position = end;
      nextLine += cells.lineBreaks();
      if (finished) {
        return false;
      }
      if (!blank) {
        cells.unescape();
        return true;
      }
      if (input.atEnd && end >= input.limit) {
        return false;
      }
    }
  }

  private void more() throws IOException {
    if (input.full()) {
      throw new InvalidInputException(place() + " is longer than 64 MiB; is a quote never closed?");
    }
    input.more();
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
    return input.bytes;
  }

  @Override
  public int start(int column) {
    return cells.start(column);
  }

  @Override
  public int end(int column) {
    return cells.end(column);
  }

  @Override
  public long bytesRead() {
    return input.count();
  }

  @Override
  public void close() {
    try {
      input.close();
    } catch (IOException e) {
      throw FileErrors.cannotRead(Path.of(source), e);
    }
  }
}
