package org.mlora.data.table;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mlora.error.InvalidInputException;

/**
 * How a column becomes a label: a comparison such as {@code rating>=4}, or a column name alone,
 * whose values are 0 and 1. Cells are compared as numbers where the right side is one; {@code ==}
 * and {@code !=} also compare texts.
 *
 * @param text as the user wrote it
 * @param operator one of {@code == != >= > <= <}, or empty for plain labels
 * @param operand the right side
 */
public record LabelRule(String text, String column, String operator, String operand) {
  private static final Pattern COMPARISON = Pattern.compile("(.+?)\\s*(==|!=|>=|<=|>|<|=)\\s*(.*)");

  /** Reads a rule. */
  public static LabelRule parse(String text) {
    String clean = text.strip();
    Matcher matcher = COMPARISON.matcher(clean);
    if (!matcher.matches()) {
      if (clean.isEmpty()) {
        throw new InvalidInputException("the label rule is empty; write 'rating>=4' or a column");
      }
      return new LabelRule(clean, clean, "", "");
    }
    String operator = matcher.group(2).equals("=") ? "==" : matcher.group(2);
    String operand = matcher.group(3);
    if (operator.equals("<") && operand.startsWith(">")) {
      throw new InvalidInputException(
          "label rule '"
              + clean
              + "' has no such comparison; write "
              + matcher.group(1)
              + "!="
              + operand.substring(1).strip());
    }
    if (matcher.group(2).equals("=") && operand.matches("[<>].*")) {
      throw new InvalidInputException(
          "label rule '"
              + clean
              + "' compares with the text '"
              + operand
              + "'; write "
              + operand.charAt(0)
              + "= for an order, or == for that text");
    }
    LabelRule rule = new LabelRule(clean, matcher.group(1), operator, operand);
    boolean equality = operator.equals("==") || operator.equals("!=");
    if (operand.isEmpty() || !equality && Double.isNaN(rule.number())) {
      throw new InvalidInputException(
          "label rule '" + clean + "' compares with '" + operand + "', which is not a number");
    }
    return rule;
  }

  private double number() {
    byte[] bytes = operand.getBytes(StandardCharsets.UTF_8);
    return Numbers.parse(bytes, 0, bytes.length);
  }

  /** Makes a function of the rule for the rows of a table. */
  public Reader reader() {
    return new Reader(this);
  }

  /** Applies a rule. */
  public static final class Reader {
    private final LabelRule rule;
    private final double operand;
    private final byte[] operandBytes;
    private final boolean ofText;
    private final char operator;

    private Reader(LabelRule rule) {
      this.rule = rule;
      this.operand = rule.operator.isEmpty() ? Double.NaN : rule.number();
      this.operandBytes = rule.operand.getBytes(StandardCharsets.UTF_8);
      this.ofText = !rule.operator.isEmpty() && Double.isNaN(operand);
      // One character for each, which is quicker to choose by than text; 0 for none.
      this.operator =
          switch (rule.operator) {
            case "" -> 0;
            case ">=" -> 'g';
            case "<=" -> 'l';
            default -> rule.operator.charAt(0);
          };
    }

    /**
     * The label of the current row.
     *
     * @throws InvalidInputException with file and line where the cell is not a number (or not 0 or
     *     1)
     */
    public boolean positive(TableReader row, int column) {
      byte[] bytes = row.bytes();
      int from = row.start(column);
      int to = row.end(column);
      if (ofText) {
        boolean same = Arrays.equals(bytes, from, to, operandBytes, 0, operandBytes.length);
        return (operator == '=') == same;
      }
      double value = Numbers.parse(bytes, from, to);
      if (Double.isNaN(value)) {
        String text = row.text(column);
        if (Numbers.hasDecimalComma(text)) {
          throw bad(row, column, "has a decimal comma; write a decimal point");
        }
        boolean word = operator == 0 && !text.isEmpty();
        throw bad(row, column, word ? not01(text, "==") : "is not a number");
      }
      return switch (operator) {
        case '=' -> value == operand;
        case '!' -> value != operand;
        case 'g' -> value >= operand;
        case '>' -> value > operand;
        case 'l' -> value <= operand;
        case '<' -> value < operand;
        default -> {
          if (value != 0 && value != 1) {
            throw bad(row, column, not01("4", ">="));
          }
          yield value == 1;
        }
      };
    }

    private String not01(String operand, String operator) {
      return "is not 0 or 1 (a rule such as '" + rule.column + operator + operand + "' helps)";
    }

    private InvalidInputException bad(TableReader row, int column, String what) {
      return new InvalidInputException(
          row.place()
              + ": label column '"
              + rule.column
              + "' is '"
              + row.text(column)
              + "', which "
              + what);
    }
  }
}
