package org.mlora.train;

import java.nio.IntBuffer;
import org.mlora.random.Philox;
import org.mlora.random.RowOrder;
import org.mlora.random.Shuffle;

/**
 * The batches of one epoch; depends on nothing but its arguments, so that an epoch can be taken up
 * in its middle.
 *
 * @param order rows in the order they are trained
 * @param starts batch i is the rows at places {@code [starts[i], starts[i + 1])} of the order
 */
record EpochPlan(RowOrder order, int[] starts) {
  /**
   * Plans an epoch.
   *
   * @param domains the domain of each row, -1 for unknown
   * @param domainCount number of known domains
   */
  static EpochPlan of(
      Batching batching, int batch, long seed, int epoch, IntBuffer domains, int domainCount) {
    Shuffle shuffled = Shuffle.of(seed, epoch, domains.limit());
    return switch (batching) {
      case MIXED -> mixed(shuffled, batch);
      case SINGLE_DOMAIN -> singleDomain(shuffled, batch, seed, epoch, domains, domainCount);
    };
  }

  int steps() {
    return starts.length - 1;
  }

  int from(int step) {
    return starts[step];
  }

  int count(int step) {
    return starts[step + 1] - starts[step];
  }

  private static EpochPlan mixed(Shuffle shuffled, int batch) {
    int steps = steps(shuffled.size(), batch);
    int[] starts = new int[steps + 1];
    for (int i = 0; i < steps; i++) {
      starts[i] = i * batch;
    }
    starts[steps] = shuffled.size();
    return new EpochPlan(shuffled, starts);
  }

  private static EpochPlan singleDomain(
      Shuffle shuffled, int batch, long seed, int epoch, IntBuffer domains, int domainCount) {
    // Rows of unknown domain are one more group.
    int groups = domainCount + 1;
    int[] sizes = new int[groups];
    for (int row = 0; row < shuffled.size(); row++) {
      sizes[group(domains, row, domainCount)]++;
    }
    int[] groupOrder = Shuffle.of(Philox.key(seed, "domains"), epoch, groups).rows();
    int[] place = new int[groups];
    int steps = 0;
    int at = 0;
    for (int group : groupOrder) {
      place[group] = at;
      at += sizes[group];
      steps += steps(sizes[group], batch);
    }
    int[] starts = new int[steps + 1];
    int step = 0;
    for (int group : groupOrder) {
      for (int from = 0; from < sizes[group]; from += batch) {
        starts[step++] = place[group] + from;
      }
    }
    starts[steps] = shuffled.size();
    int[] order = new int[shuffled.size()];
    for (int row : shuffled.rows()) {
      order[place[group(domains, row, domainCount)]++] = row;
    }
    return new EpochPlan(RowOrder.of(order), starts);
  }

  private static int group(IntBuffer domains, int row, int domainCount) {
    int domain = domains.get(row);
    return domain < 0 ? domainCount : domain;
  }

  private static int steps(int rows, int batch) {
    return (int) ((rows + (long) batch - 1) / batch);
  }
}
