package org.mlora.data.table;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Cells of a row put together from several places. */
final class RowBuffer {
  private byte[] bytes = new byte[256];
  private int[] ends = new int[8];
  private int width;

  void clear() {
    width = 0;
  }

  void add(byte[] source, int from, int to) {
    int start = start(width);
    int length = to - from;
    if (start + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, start + length));
    }
    System.arraycopy(source, from, bytes, start, length);
    if (width == ends.length) {
      ends = Arrays.copyOf(ends, 2 * width);
    }
    ends[width++] = start + length;
  }

  /** Adds a text; false where it holds half a pair of surrogates, which UTF-8 has no bytes for. */
  boolean add(String text) {
    byte[] source = text.getBytes(StandardCharsets.UTF_8);
    add(source, 0, source.length);
    return !mayHoldHalves(source) || isWhole(text);
  }

  /** In place of a half stands a question mark. */
  private static boolean mayHoldHalves(byte[] encoded) {
    for (byte b : encoded) {
      if (b == '?') {
        return true;
      }
    }
    return false;
  }

  private static boolean isWhole(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (Character.isSurrogate(text.charAt(at))) {
        int character = text.codePointAt(at);
        if (!Character.isSupplementaryCodePoint(character)) {
          return false;
        }
        at++;
      }
    }
    return true;
  }

  byte[] bytes() {
    return bytes;
  }

  int start(int column) {
    return column == 0 ? 0 : ends[column - 1];
  }

  int end(int column) {
    return ends[column];
  }
}
