package org.mlora.data;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Rows stored column by column, as engines read them. Buffers are direct, in native byte order, and
 * start at position 0; engines keep their addresses, so they must outlive what was loaded from
 * them.
 *
 * @param fields one column for each input of the network, in order
 * @param domains the domain of each row, -1 for unknown
 * @param labels 0 or 1 a row; empty (limit 0) where only predictions are asked for
 * @param weights how much each row counts in the loss and in metrics, 0 or more; empty where every
 *     row counts 1
 */
public record Columns(
    int rows, List<Column> fields, IntBuffer domains, FloatBuffer labels, FloatBuffer weights) {
  /** Copies the list, not the buffers. */
  public Columns {
    fields = List.copyOf(fields);
  }

  /** Rows that count 1 each. */
  public Columns(int rows, List<Column> fields, IntBuffer domains, FloatBuffer labels) {
    this(rows, fields, domains, labels, Outcomes.NO_WEIGHTS);
  }

  /** The same rows with weights. */
  public Columns withWeights(FloatBuffer weights) {
    return new Columns(rows, fields, domains, labels, weights);
  }

  /** Whether rows have weights of their own. */
  public boolean weighted() {
    return outcomes().weighted();
  }

  /** What came of the rows. */
  public Outcomes outcomes() {
    return new Outcomes(labels, weights);
  }

  /** The same rows as rows of one domain; -1 for unknown. */
  public Columns inDomain(int domain) {
    return inDomains(row -> domain);
  }

  /** The same rows as rows of other domains, by their numbers; -1 for unknown. */
  public Columns inDomains(IntUnaryOperator domain) {
    IntBuffer all = DirectBuffers.ints(Math.max(1, rows)).limit(rows);
    for (int row = 0; row < rows; row++) {
      all.put(row, domain.applyAsInt(row));
    }
    return new Columns(rows, fields, all, labels, weights);
  }
}
