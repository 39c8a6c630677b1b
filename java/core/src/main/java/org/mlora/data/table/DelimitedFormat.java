package org.mlora.data.table;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.mlora.error.InvalidInputException;

/**
 * How a text table is written.
 *
 * @param delimiter one or two ASCII characters between cells; empty: the most frequent of comma,
 *     tab, semicolon and bar in the first line
 * @param columns names of the columns where the file has no header, without spaces around them;
 *     empty: the first line names them
 * @param quotes whether {@code "} encloses cells (RFC 4180)
 */
public record DelimitedFormat(Optional<String> delimiter, List<String> columns, boolean quotes) {
  /**
   * Checks the delimiter and the names.
   *
   * @throws InvalidInputException when the delimiter cannot be one, or a name is given twice
   */
  public DelimitedFormat {
    columns = columns.stream().map(String::strip).toList();
    checkNames(columns);
    delimiter.ifPresent(DelimitedFormat::check);
  }

  /** CSV or TSV with a header, delimiter found out, cells possibly quoted. */
  public static DelimitedFormat automatic() {
    return new DelimitedFormat(Optional.empty(), List.of(), true);
  }

  /** No header and no quotes. */
  public static DelimitedFormat plain(String delimiter, String... columns) {
    return new DelimitedFormat(Optional.of(delimiter), List.of(columns), false);
  }

  private static void checkNames(List<String> columns) {
    Set<String> seen = new HashSet<>();
    for (String name : columns) {
      if (!seen.add(name)) {
        throw new InvalidInputException(
            "the columns (--columns) name '"
                + name
                + "' twice; give every column a name of its own");
      }
    }
  }

  private static void check(String delimiter) {
    boolean fine =
        (delimiter.length() == 1 || delimiter.length() == 2)
            && delimiter.chars().allMatch(c -> c < 128 && c != '"' && c != '\n' && c != '\r');
    if (!fine) {
      throw new InvalidInputException(
          "delimiter '" + delimiter + "' is not one or two ASCII characters other than quotes");
    }
  }
}
