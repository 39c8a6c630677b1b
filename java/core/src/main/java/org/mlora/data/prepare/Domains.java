package org.mlora.data.prepare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.mlora.data.Names;
import org.mlora.data.Vocabulary;
import org.mlora.error.InvalidInputException;

/** The domains found, with their rows; decides which are kept and in which order. */
final class Domains {
  private final int[] ids;
  private final List<String> names = new ArrayList<>();
  private final Map<String, Long> tooSmall = new LinkedHashMap<>();
  private final Map<String, Long> excluded = new LinkedHashMap<>();

  /**
   * Decides.
   *
   * @param rows rows of each domain found, by its id in {@code found}
   */
  Domains(Vocabulary found, long[] rows, Selection selection, Optional<List<String>> order) {
    this.ids = new int[found.size() + 1];
    List<String> all = new ArrayList<>();
    for (int i = 1; i <= found.size(); i++) {
      all.add(found.text(i));
    }
    List<String> sorted = order.map(o -> inOrder(o, found)).orElseGet(() -> sorted(all));
    Set<String> left = left(selection.excludedDomains(), sorted);
    for (String name : sorted) {
      int provisional = found.id(name);
      if (left.contains(name)) {
        ids[provisional] = RowCode.DROPPED;
        excluded.put(name, rows[provisional]);
      } else if (rows[provisional] < selection.minDomainRows()) {
        ids[provisional] = RowCode.DROPPED;
        tooSmall.put(name, rows[provisional]);
      } else {
        ids[provisional] = names.size();
        names.add(name);
      }
    }
    if (names.isEmpty()) {
      throw new InvalidInputException(
          tooSmall.isEmpty()
              ? "every domain is excluded; exclude fewer (--exclude-domain)"
              : "no domain has "
                  + selection.minDomainRows()
                  + " rows or more; ask for fewer (--min-domain-rows)");
    }
  }

  /** The domains named by texts of one name each, or of several between commas. */
  private static Set<String> left(List<String> texts, List<String> found) {
    Set<String> known = new HashSet<>(found);
    Set<String> left = new HashSet<>();
    for (String text : texts) {
      left.addAll(
          names(text, known)
              .orElseThrow(
                  () ->
                      new InvalidInputException(
                          "the list of excluded domains (--exclude-domain) names '"
                              + Stream.of(text.split(",", -1))
                                  .filter(part -> !known.contains(part))
                                  .findFirst()
                                  .orElse(text)
                              + "', which no row has; the domains are "
                              + Names.listed(found))));
    }
    return left;
  }

  /** A name may have commas itself, so that the longest one goes first. */
  private static Optional<List<String>> names(String text, Set<String> known) {
    if (known.contains(text)) {
      return Optional.of(List.of(text));
    }
    for (int comma = text.lastIndexOf(','); comma >= 0; comma = text.lastIndexOf(',', comma - 1)) {
      String first = text.substring(0, comma);
      if (known.contains(first)) {
        Optional<List<String>> others = names(text.substring(comma + 1), known);
        if (others.isPresent()) {
          return Optional.of(Stream.concat(Stream.of(first), others.get().stream()).toList());
        }
      }
    }
    return Optional.empty();
  }

  private static List<String> inOrder(List<String> order, Vocabulary found) {
    return order.stream().filter(name -> found.id(name) != 0).toList();
  }

  private static List<String> sorted(List<String> all) {
    boolean numbers = all.stream().allMatch(n -> n.matches("-?\\d{1,18}"));
    Comparator<String> byText = Comparator.naturalOrder();
    return all.stream()
        .sorted(
            numbers
                ? Comparator.<String>comparingLong(Long::parseLong).thenComparing(byText)
                : byText)
        .toList();
  }

  /** The id of a domain found, or {@link RowCode#DROPPED}. */
  int id(int provisional) {
    return ids[provisional];
  }

  /** Names of those kept, by id. */
  List<String> names() {
    return names;
  }

  /** Rows of those left out for having too few, by name. */
  Map<String, Long> tooSmall() {
    return tooSmall;
  }

  /** Rows of those left out by name. */
  Map<String, Long> excluded() {
    return excluded;
  }
}
