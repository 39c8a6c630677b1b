package org.mlora.data.table;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.mlora.error.InvalidInputException;

/**
 * Times in the cells of a column, as numbers that sort as they do: decimal numbers, or dates and
 * times of ISO 8601 ({@code 2024-05-31}, {@code 2024-05-31T12:30:00}, a space in place of the T,
 * with or without seconds, their fractions and an offset: {@code Z}, {@code +05}, {@code +0530} or
 * {@code +05:30}; without an offset in UTC). A column holds one of the two kinds. Of numbers, whole
 * ones as large as nanoseconds since 1970 sort exactly.
 */
public final class TimeText {
  private static final int DATE = "2024-05-31".length();

  /** Below, whole numbers are doubles. */
  private static final double WHOLE = 0x1p53;

  /** Up to here {@link #sortable} has a number for each: nanoseconds until 2108. */
  private static final BigDecimal LAST =
      BigDecimal.valueOf(Long.MAX_VALUE - Double.doubleToLongBits(WHOLE) + (long) WHOLE);

  private final String column;
  private Optional<Boolean> numbers = Optional.empty();

  /** The last cell, as those of one day are often the same and stand together. */
  private byte[] last = new byte[0];

  private long lastTime;

  /** Reads the column of that name. */
  public TimeText(String column) {
    this.column = column;
  }

  /**
   * The time of a row.
   *
   * @param at the column's place in the row
   * @throws InvalidInputException with file and line where it is no time, or of another kind than
   *     those before
   */
  public long read(TableReader row, int at) {
    byte[] bytes = row.bytes();
    int from = row.start(at);
    int to = row.end(at);
    if (last.length > 0 && Arrays.equals(bytes, from, to, last, 0, last.length)) {
      return lastTime;
    }
    double number = Numbers.parse(bytes, from, to);
    boolean isNumber = !Double.isNaN(number);
    OptionalLong time = isNumber ? sortable(number, row, at) : iso(row.text(at).strip());
    if (time.isEmpty()) {
      throw refuse(
          row,
          at,
          isNumber
              ? "; as a number it must not be beyond " + LAST
              : "; it must be a number, or a date or time such as 2024-05-31 or 2024-05-31T12:30:00");
    }
    if (numbers.isPresent() && numbers.get() != isNumber) {
      throw refuse(
          row,
          at,
          isNumber
              ? ", a number where rows before have dates"
              : ", a date where rows before have numbers");
    }
    numbers = Optional.of(isNumber);
    last = Arrays.copyOfRange(bytes, from, to);
    lastTime = time.getAsLong();
    return lastTime;
  }

  private InvalidInputException refuse(TableReader row, int at, String why) {
    return new InvalidInputException(
        row.place() + ": time column '" + column + "' is '" + row.text(at) + "'" + why);
  }

  /**
   * The bits of a number, which sort as numbers do, and go on one by one with the whole numbers
   * that are not all doubles; those of negative ones turned round. Empty beyond {@link #LAST}.
   */
  private static OptionalLong sortable(double number, TableReader row, int at) {
    long sortable = Double.doubleToLongBits(Math.abs(number));
    if (Math.abs(number) >= WHOLE) {
      BigDecimal size = new BigDecimal(row.text(at).strip()).abs();
      if (size.compareTo(LAST) > 0) {
        return OptionalLong.empty();
      }
      sortable = Double.doubleToLongBits(WHOLE) + size.longValue() - (long) WHOLE;
    }
    return OptionalLong.of(number < 0 ? ~sortable : sortable);
  }

  /** Microseconds since 1970. */
  private static OptionalLong iso(String text) {
    try {
      if (text.length() == DATE) {
        return OptionalLong.of(micros(LocalDate.parse(text).atStartOfDay()));
      }
      String joined =
          text.length() > DATE && text.charAt(DATE) == ' '
              ? text.substring(0, DATE) + 'T' + text.substring(DATE + 1)
              : text;
      TemporalAccessor time =
          DateTimeFormatter.ISO_DATE_TIME.parseBest(
              withWholeOffset(joined), OffsetDateTime::from, LocalDateTime::from);
      return OptionalLong.of(
          time instanceof OffsetDateTime at
              ? micros(at.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime())
              : micros((LocalDateTime) time));
    } catch (DateTimeException | ArithmeticException e) {
      return OptionalLong.empty();
    }
  }

  /** Puts in what ISO 8601 lets an offset of 3 or 5 characters go without: minutes, the colon. */
  private static String withWholeOffset(String text) {
    int sign = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'));
    if (sign < DATE || !Character.isDigit(text.charAt(text.length() - 1))) {
      return text;
    }
    return switch (text.length() - sign) {
      case 3 -> text + ":00";
      case 5 -> text.substring(0, sign + 3) + ':' + text.substring(sign + 3);
      default -> text;
    };
  }

  private static long micros(LocalDateTime utc) {
    return ChronoUnit.MICROS.between(LocalDate.EPOCH.atStartOfDay(), utc);
  }
}
