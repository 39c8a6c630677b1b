package org.mlora.data.table;

/** Lists in a cell, their texts between separators; the empty cell is the empty list. */
public final class TextList {
  private TextList() {}

  /** Takes one text. */
  public interface Taker {
    /** Takes the text of the bytes in {@code [from, to)}, which are not empty. */
    void take(byte[] bytes, int from, int to);
  }

  /** Gives the texts in order; empty ones are left out. */
  public static void forEach(byte[] bytes, int from, int to, byte[] separator, Taker taker) {
    int start = from;
    for (int at = from; at <= to - separator.length; ) {
      int match = 0;
      while (match < separator.length && bytes[at + match] == separator[match]) {
        match++;
      }
      if (match == separator.length) {
        give(bytes, start, at, taker);
        at += match;
        start = at;
      } else {
        at++;
      }
    }
    give(bytes, start, to, taker);
  }

  private static void give(byte[] bytes, int from, int to, Taker taker) {
    if (from < to) {
      taker.take(bytes, from, to);
    }
  }
}
