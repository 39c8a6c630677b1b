package org.mlora.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Rows of delimited text, put together in memory. */
final class DelimitedText {
  private final byte[] delimiter;
  private final boolean quotes;
  private byte[] bytes = new byte[1 << 16];
  private int size;

  /**
   * No rows yet.
   *
   * @param quotes whether cells that hold a delimiter, a quote or a line break are put in quotes
   */
  DelimitedText(String delimiter, boolean quotes) {
    this.delimiter = delimiter.getBytes(StandardCharsets.UTF_8);
    this.quotes = quotes;
  }

  byte[] bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /**
   * Appends a cell and a delimiter.
   *
   * @param alone whether it is the only one of its row, in which an empty cell would be no row
   */
  void cell(byte[] text, int from, int to, boolean alone) {
    require(2L * (to - from) + 2 + delimiter.length);
    int start = size;
    boolean plain = from < to || !alone;
    for (int i = from; i < to; i++) {
      byte b = text[i];
      plain &= b != '"' && b != '\n' && b != '\r' && b != delimiter[0];
      bytes[size++] = b;
    }
    if (quotes && !plain) {
      size = start;
      quoted(text, from, to);
    }
    for (byte b : delimiter) {
      bytes[size++] = b;
    }
  }

  private void quoted(byte[] text, int from, int to) {
    bytes[size++] = '"';
    for (int i = from; i < to; i++) {
      if (text[i] == '"') {
        bytes[size++] = '"';
      }
      bytes[size++] = text[i];
    }
    bytes[size++] = '"';
  }

  /** Appends bytes of other rows as they are. */
  void copy(DelimitedText other, int from, int to) {
    require(to - from);
    System.arraycopy(other.bytes, from, bytes, size, to - from);
    size += to - from;
  }

  /** Appends the last cell of a row, which is ASCII and needs no quotes. */
  void last(String text) {
    require(text.length() + 1);
    for (int i = 0; i < text.length(); i++) {
      bytes[size++] = (byte) text.charAt(i);
    }
    bytes[size++] = '\n';
  }

  private void require(long more) {
    if (size + more > bytes.length) {
      long wanted = Math.max(size + more, 2L * bytes.length);
      bytes = Arrays.copyOf(bytes, Math.toIntExact(Math.min(wanted, Integer.MAX_VALUE - 64)));
    }
  }
}
