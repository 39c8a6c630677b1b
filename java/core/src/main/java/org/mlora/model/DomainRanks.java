package org.mlora.model;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.mlora.data.Names;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Parameter;

/**
 * The highest ranks that single domains' adapters have in any layer. A domain of lower rank than
 * its layer uses the first columns of its A and the first rows of its B. The others start at zero,
 * both, and so have no gradient and stay zero: they are stored, and do nothing.
 *
 * @param rowsPerRank a domain has rank 1 for each so many training rows, at least 1; 0: no such
 *     rule
 * @param most by the domain's name, at least 1; domains that are not named have the layer's rank
 */
public record DomainRanks(int rowsPerRank, Map<String, Integer> most) {
  /** Every domain has the rank of the layer. */
  public static final DomainRanks FULL = new DomainRanks(0, Map.of());

  /**
   * Checks the values.
   *
   * @throws InvalidInputException when one is out of its range
   */
  public DomainRanks {
    most = Collections.unmodifiableMap(new TreeMap<>(most));
    if (rowsPerRank < 0) {
      throw new InvalidInputException(
          "the rows of a rank are " + rowsPerRank + "; they must be 1 or more");
    }
    most.forEach(
        (domain, rank) -> {
          if (rank < 1) {
            throw new InvalidInputException(
                "the rank of domain '" + domain + "' is " + rank + "; it must be at least 1");
          }
        });
  }

  /** Whether there are any bounds. */
  public boolean bounds() {
    return rowsPerRank > 0 || !most.isEmpty();
  }

  /**
   * The same with the rule worked out.
   *
   * @param rows counts the training rows of each domain, in the schema's order; asked where the
   *     rule needs them
   * @throws InvalidInputException when a domain is named that the schema does not have
   */
  DomainRanks settled(Schema schema, Supplier<List<Long>> rows) {
    Set<String> known = Set.copyOf(schema.domains());
    for (String domain : most.keySet()) {
      if (!known.contains(domain)) {
        throw new InvalidInputException(
            "the ranks of domains name '"
                + domain
                + "', which the data does not have; its domains are "
                + Names.domains(schema.domains()));
      }
    }
    if (rowsPerRank == 0) {
      return this;
    }
    Map<String, Integer> all = new TreeMap<>(most);
    List<Long> counts = rows.get();
    for (int d = 0; d < counts.size(); d++) {
      int rank = (int) Math.min(Integer.MAX_VALUE, Math.max(1, counts.get(d) / rowsPerRank));
      all.putIfAbsent(schema.domains().get(d), rank);
    }
    return new DomainRanks(0, all);
  }

  /** The rank of each domain of the schema in a layer of some rank. */
  List<Integer> in(Schema schema, int rank) {
    return schema.domains().stream()
        .map(domain -> Math.min(rank, most.getOrDefault(domain, rank)))
        .toList();
  }

  /** How many numbers of a network's adapters stay zero. */
  public static long idle(Network network) {
    long idle = 0;
    for (Parameter parameter : network.parameters()) {
      if (parameter.initializer() instanceof Initializer.Leading leading) {
        long rank = parameter.shape().get(leading.axis());
        for (int used : leading.counts()) {
          idle += parameter.rowSize() / rank * (rank - used);
        }
      }
    }
    return idle;
  }
}
