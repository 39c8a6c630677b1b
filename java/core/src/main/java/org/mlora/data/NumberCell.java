package org.mlora.data;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.mlora.data.table.Numbers;
import org.mlora.data.table.TableReader;
import org.mlora.error.InvalidInputException;

/** Numbers of tables, and what the rules of fields make of them. */
public final class NumberCell {
  /** Stands for a missing value; models see the zero that it is. */
  private static final float MISSING = -0f;

  private NumberCell() {}

  /**
   * The number in a cell; NaN where the cell is empty. It becomes a float32 only when it is {@link
   * #transform transformed}: in 32 bits, seconds since 1970 are two minutes apart.
   *
   * @throws InvalidInputException with file and line where it is no number, or one beyond float32
   */
  public static double read(TableReader row, int column, String field) {
    return read(row, row.bytes(), row.start(column), row.end(column), field);
  }

  /** The same for a text of the row. */
  static double read(TableReader row, byte[] bytes, int from, int to, String field) {
    if (from == to) {
      return Double.NaN;
    }
    double value = Numbers.parse(bytes, from, to);
    if (!Float.isFinite((float) value)) {
      String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
      throw new InvalidInputException(
          row.place()
              + ": field '"
              + field
              + "' is '"
              + text
              + "', which "
              + (Numbers.hasDecimalComma(text)
                  ? "has a decimal comma; write a decimal point"
                  : Double.isNaN(value)
                      ? "is not a number; leave the cell empty where the value is missing"
                      : "is beyond 3.4e38, the largest number that is kept; give it in another"
                          + " unit"));
    }
    return value;
  }

  /** The stored number; minus zero where the value is missing (NaN). */
  public static float transform(Field.NumberRule rule, double x) {
    if (Double.isNaN(x)) {
      return MISSING;
    }
    double y = x;
    if (rule instanceof Field.NumberRule.Standardised s) {
      y = (x - s.mean()) / s.deviation();
    } else if (rule instanceof Field.NumberRule.Log1p) {
      y = Math.copySign(StrictMath.log1p(Math.abs(x)), x);
    }
    return stored(y);
  }

  /** A number as it is stored. */
  public static float stored(double number) {
    // A tiny deviation could carry a finite number beyond float32.
    double within = Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, number));
    // Added zero makes zero of minus zero.
    return (float) within + 0f;
  }

  /** Whether a stored number stands for a missing value. */
  public static boolean isMissing(float stored) {
    return Float.floatToRawIntBits(stored) == Float.floatToRawIntBits(MISSING);
  }

  /** The bucket of a number; 0 where the value is missing (NaN). */
  public static int bucket(Field.IdRule.Buckets rule, double x) {
    if (Double.isNaN(x)) {
      return 0;
    }
    List<Double> boundaries = rule.boundaries();
    int low = 0;
    int high = boundaries.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (boundaries.get(middle) <= x) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low + 1;
  }
}
