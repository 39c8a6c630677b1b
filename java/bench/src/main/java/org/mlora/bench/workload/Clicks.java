package org.mlora.bench.workload;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import java.util.Random;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.DirectBuffers;

/**
 * Random rows: ids uniform over their tables, domains with sizes like 1/n, labels 1 three times in
 * ten.
 *
 * @param order a permutation of the rows, in which training takes them
 */
public record Clicks(
    int rows,
    IntBuffer users,
    IntBuffer items,
    IntBuffer domains,
    FloatBuffer labels,
    int[] order) {
  private static final long SEED = 7;

  /** Draws rows; the same arguments give the same rows. */
  public static Clicks draw(Workload workload, int rows) {
    Random random = new Random(SEED);
    double[] ends = new double[workload.used()];
    double sum = 0;
    for (int d = 0; d < ends.length; d++) {
      sum += 1.0 / (d + 1);
      ends[d] = sum;
    }
    Clicks clicks =
        new Clicks(
            rows,
            DirectBuffers.ints(rows),
            DirectBuffers.ints(rows),
            DirectBuffers.ints(rows),
            DirectBuffers.floats(rows),
            new int[rows]);
    for (int row = 0; row < rows; row++) {
      clicks.users.put(row, random.nextInt(workload.ids()));
      clicks.items.put(row, random.nextInt(workload.ids()));
      clicks.domains.put(row, domain(ends, random.nextDouble() * sum));
      clicks.labels.put(row, random.nextDouble() < 0.3 ? 1 : 0);
      int other = random.nextInt(row + 1);
      clicks.order[row] = clicks.order[other];
      clicks.order[other] = row;
    }
    return clicks;
  }

  private static int domain(double[] ends, double at) {
    int low = java.util.Arrays.binarySearch(ends, at);
    return Math.min(low < 0 ? -low - 1 : low + 1, ends.length - 1);
  }

  /** As the engine reads them. */
  public Columns columns() {
    return new Columns(
        rows,
        List.of(new Column.Ids(users), new Column.Ids(items)),
        domains.duplicate(),
        labels.duplicate());
  }
}
