package org.mlora.data.table;

import java.nio.charset.StandardCharsets;

/** Decimal numbers in UTF-8 bytes. */
public final class Numbers {
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16
  };

  private Numbers() {}

  /**
   * The number nearest to a decimal text, spaces around it allowed; NaN where it is no finite
   * number.
   */
  public static double parse(byte[] bytes, int from, int to) {
    if (to - from == 1 && bytes[from] >= '0' && bytes[from] <= '9') {
      return bytes[from] - '0';
    }
    while (from < to && bytes[from] == ' ') {
      from++;
    }
    while (from < to && bytes[to - 1] == ' ') {
      to--;
    }
    int at = from;
    boolean negative = at < to && bytes[at] == '-';
    if (negative) {
      at++;
    }
    long digits = 0;
    int count = 0;
    int decimals = 0;
    boolean point = false;
    for (; at < to && count < 16; at++) {
      byte c = bytes[at];
      if (c >= '0' && c <= '9') {
        digits = 10 * digits + (c - '0');
        count++;
        decimals += point ? 1 : 0;
      } else if (c == '.' && !point) {
        point = true;
      } else {
        break;
      }
    }
    if (at == to && count > 0 && count < 16) {
      // Below 2^53 and a power of ten below 10^22: one division, correctly rounded.
      double value = digits / POWERS[decimals];
      return negative ? -value : value;
    }
    return slow(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
  }

  /** Whether a text is a number as it is written with a decimal comma. */
  public static boolean hasDecimalComma(String text) {
    return text.strip().matches("[-+]?\\d[\\d.]*,\\d+");
  }

  private static double slow(String text) {
    // Double.parseDouble also takes "NaN", "Infinity", hexadecimal and suffixes, which no table
    // means.
    if (!text.chars().allMatch(c -> c >= '0' && c <= '9' || "+-.eE".indexOf(c) >= 0)) {
      return Double.NaN;
    }
    try {
      double value = Double.parseDouble(text);
      return Double.isFinite(value) ? value : Double.NaN;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
