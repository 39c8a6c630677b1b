package org.mlora.report;

import java.util.Locale;
import org.mlora.metric.PairedDifference;
import org.mlora.metric.Summary;

/** Numbers for people: the same in every locale, undefined ones as a dash. */
public final class NumberText {
  /** In place of a number that is undefined. */
  public static final String UNDEFINED = "–";

  /** Digits of metrics after the point. */
  private static final int DIGITS = 4;

  private NumberText() {}

  /** With thousands separators: {@code 1,000,209}. */
  public static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** Three digits at most: {@code 950}, {@code 12.3k}, {@code 1.5M}. */
  public static String compactCount(long count) {
    String[] units = {"", "k", "M", "G", "T"};
    double value = count;
    int unit = 0;
    while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    boolean whole =
        unit == 0 || Math.abs(value) >= 99.95 || Math.abs(value - Math.rint(value)) < 0.05;
    return String.format(Locale.ROOT, whole ? "%.0f" : "%.1f", value) + units[unit];
  }

  /** With a fixed number of digits after the point. */
  public static String fixed(double value, int digits) {
    return Double.isFinite(value) ? format("%,.", value, digits) : UNDEFINED;
  }

  /** The same with a sign, as differences have; what rounds to zero has none. */
  static String signed(double value, int digits) {
    return Double.isFinite(value) ? format("%+,.", value, digits) : UNDEFINED;
  }

  /** The same as it is printed, see {@link #typeset}. */
  static String difference(double value, int digits) {
    return typeset(signed(value, digits));
  }

  /** A metric or a loss. */
  public static String metric(double value) {
    return fixed(value, DIGITS);
  }

  /** A difference of metrics. */
  public static String gain(double value) {
    return signed(value, DIGITS);
  }

  /** The same as it is printed, see {@link #typeset}. */
  static String difference(double value) {
    return difference(value, DIGITS);
  }

  /**
   * The 95 % interval of a difference of metrics, undefined with fewer than two pairs. An end that
   * rounds to zero keeps its sign, which says on which side of zero it is: {@code -0.0000 to
   * +0.0013}.
   */
  public static String interval(PairedDifference difference) {
    return difference.pairs() < 2
        ? UNDEFINED
        : end(difference.low()) + " to " + end(difference.high());
  }

  private static String end(double value) {
    return value == 0 ? metric(value) : String.format(Locale.ROOT, "%+,." + DIGITS + "f", value);
  }

  private static String format(String start, double value, int digits) {
    String text = String.format(Locale.ROOT, start + digits + "f", value);
    boolean zero = text.chars().noneMatch(c -> c >= '1' && c <= '9');
    return zero && !Character.isDigit(text.charAt(0)) ? text.substring(1) : text;
  }

  /** A number with the minus sign of print in place of the hyphen. */
  static String typeset(String number) {
    return number.replace('-', '−');
  }

  /** A fraction as {@code 22.6 %}. */
  public static String percent(double fraction, int digits) {
    return Double.isFinite(fraction) ? fixed(100 * fraction, digits) + " %" : UNDEFINED;
  }

  /** Of a metric: {@code 0.7812 ± 0.0004}; without the spread where it is undefined. */
  public static String meanSd(Summary summary) {
    return Double.isNaN(summary.sd())
        ? metric(summary.mean())
        : metric(summary.mean()) + " ± " + metric(summary.sd());
  }

  /** {@code 850 ms}, {@code 12.5 s}, {@code 3 min 20 s}, {@code 2 h 05 min}. */
  public static String duration(double seconds) {
    if (!Double.isFinite(seconds)) {
      return UNDEFINED;
    }
    long millis = Math.round(seconds * 1000);
    if (millis < 1000) {
      return millis + " ms";
    }
    if (seconds < 59.95) {
      return fixed(seconds, 1) + " s";
    }
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole / 60 % 60);
  }
}
