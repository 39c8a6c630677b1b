package org.mlora.data.prepare;

import java.util.List;
import java.util.Map;
import org.mlora.error.InvalidInputException;

/**
 * Which of the rows and ids that are found go into a data set.
 *
 * @param minDomainRows domains with fewer rows are left out
 * @param excludedDomains domains that are left out, one or several between commas a text; all other
 *     rows fall into the parts that they would fall into with them
 * @param minCount by field, the least number of training rows for an id of its own, 1 or more
 */
public record Selection(
    long minDomainRows, List<String> excludedDomains, Map<String, Integer> minCount) {
  /**
   * Checks the least counts.
   *
   * @throws InvalidInputException when one is below 1
   */
  public Selection {
    excludedDomains = List.copyOf(excludedDomains);
    minCount = Map.copyOf(minCount);
    minCount.forEach(Selection::check);
  }

  private static void check(String field, int count) {
    if (count < 1) {
      throw new InvalidInputException(
          "the least count (--min-count) "
              + field
              + "="
              + count
              + " must be 1 or more; a vocabulary of all rows (--vocabulary-of-all-rows) keeps ids"
              + " without training rows");
    }
  }

  /** Everything. */
  public static Selection all() {
    return new Selection(1, List.of(), Map.of());
  }

  /** Everything but these domains. */
  public static Selection without(List<String> domains) {
    return new Selection(1, domains, Map.of());
  }
}
