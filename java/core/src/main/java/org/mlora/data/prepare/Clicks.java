package org.mlora.data.prepare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.mlora.data.Vocabulary;
import org.mlora.data.table.TableReader;

/**
 * Who took what in which domain: pairs of a user and an item, each kept once in a domain. Users and
 * items are shared by all domains.
 */
final class Clicks {
  private final Vocabulary users = new Vocabulary();
  private final Vocabulary items = new Vocabulary();
  private final List<Domain> domains = new ArrayList<>();

  /** The pairs of one domain, users in the upper half of each number. */
  private static final class Domain {
    private final String name;
    private long[] pairs = new long[1 << 10];
    private int count;

    Domain(String name) {
      this.name = name;
    }

    void add(long pair) {
      if (count == pairs.length) {
        pairs = Arrays.copyOf(pairs, 2 * count);
      }
      pairs[count++] = pair;
    }
  }

  /** Begins a domain and gives its index. */
  int domain(String name) {
    domains.add(new Domain(name));
    return domains.size() - 1;
  }

  /** Adds the pair in two cells of a row. */
  void add(int domain, TableReader row, int userColumn, int itemColumn) {
    long user = users.add(row.bytes(), row.start(userColumn), row.end(userColumn));
    long item = items.add(row.bytes(), row.start(itemColumn), row.end(itemColumn));
    domains.get(domain).add(user << 32 | item);
  }

  /** Names of the domains, in the order in which they began. */
  List<String> names() {
    return domains.stream().map(domain -> domain.name).toList();
  }

  /** The pairs of a domain, each once, by user and then by item. */
  long[] pairs(int domain) {
    Domain of = domains.get(domain);
    return Arrays.stream(of.pairs, 0, of.count).sorted().distinct().toArray();
  }

  Vocabulary users() {
    return users;
  }

  Vocabulary items() {
    return items;
  }

  static int user(long pair) {
    return (int) (pair >>> 32);
  }

  static int item(long pair) {
    return (int) pair;
  }
}
