package org.mlora.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.mlora.error.InvalidInputException;
import org.mlora.model.DomainRanks;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code rows:N}, or a file of lines {@code DOMAIN,RANK}. */
final class DomainRanksFlag implements ITypeConverter<DomainRanksFlag.Given> {
  private static final String RULE = "rows:";

  /** Ranks, and how they were given. */
  record Given(DomainRanks ranks, String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  @Override
  public Given convert(String text) {
    try {
      return new Given(ranks(text.strip()), text.strip());
    } catch (InvalidInputException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }

  private static DomainRanks ranks(String text) {
    return text.startsWith(RULE)
        ? new DomainRanks(number(text.substring(RULE.length()), text), Map.of())
        : new DomainRanks(0, read(Path.of(text)));
  }

  private static Map<String, Integer> read(Path file) {
    Map<String, Integer> ranks = new TreeMap<>();
    int number = 0;
    for (String line : TextFile.lines(file)) {
      number++;
      int comma = line.lastIndexOf(',');
      if (comma < 0) {
        throw new InvalidInputException(
            file + " line " + number + ": '" + line + "' is not DOMAIN,RANK");
      }
      String domain = line.substring(0, comma);
      int rank = number(line.substring(comma + 1), file + " line " + number);
      if (ranks.put(domain, rank) != null) {
        throw new InvalidInputException(
            file + " line " + number + ": domain '" + domain + "' has a rank already");
      }
    }
    return ranks;
  }

  private static int number(String text, String where) {
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, as for numbers that are too small.
    }
    throw new InvalidInputException(where + ": '" + text + "' is not a whole number of 1 or more");
  }
}
