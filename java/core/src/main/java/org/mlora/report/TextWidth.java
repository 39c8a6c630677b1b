package org.mlora.report;

/** How many cells of a terminal a text takes. */
final class TextWidth {
  private TextWidth() {}

  /** Cells of the text: 0 for combining marks, 2 for East Asian wide characters and emoji. */
  static int of(String text) {
    return text.codePoints().map(TextWidth::cells).sum();
  }

  /** The text without control characters, cut to at most {@code width} cells. */
  static String fit(String text, int width) {
    StringBuilder fitted = new StringBuilder();
    int[] points = text.codePoints().map(p -> breaksLines(p) ? ' ' : p).toArray();
    int used = 0;
    int whole = 0;
    for (int point : points) {
      whole += cells(point);
    }
    for (int point : points) {
      int next = used + cells(point);
      if (whole > width && next > width - 1) {
        return fitted.append('…').toString();
      }
      fitted.appendCodePoint(point);
      used = next;
    }
    return fitted.toString();
  }

  private static boolean breaksLines(int point) {
    int type = Character.getType(point);
    return type == Character.CONTROL
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR
        || type == Character.SURROGATE
        || isBidirectionalControl(point);
  }

  private static boolean isBidirectionalControl(int point) {
    return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  }

  private static int cells(int point) {
    int type = Character.getType(point);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    return isWide(point) ? 2 : 1;
  }

  /** Ranges of Unicode Standard Annex 11 that are wide or fullwidth, joined where they touch. */
  private static boolean isWide(int point) {
    return (point >= 0x1100 && point <= 0x115F)
        || (point >= 0x2E80 && point <= 0x303E)
        || (point >= 0x3041 && point <= 0xA4CF)
        || (point >= 0xAC00 && point <= 0xD7A3)
        || (point >= 0xF900 && point <= 0xFAFF)
        || (point >= 0xFE30 && point <= 0xFE6F)
        || (point >= 0xFF01 && point <= 0xFF60)
        || (point >= 0xFFE0 && point <= 0xFFE6)
        || (point >= 0x1F300 && point <= 0x1F64F)
        || (point >= 0x1F900 && point <= 0x1F9FF)
        || (point >= 0x20000 && point <= 0x3FFFD);
  }
}
