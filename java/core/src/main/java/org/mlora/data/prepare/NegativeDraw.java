package org.mlora.data.prepare;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.mlora.random.Philox;
import org.mlora.random.PythonRandom;

/**
 * Negatives of a domain by the rule of the published code (spec §2.1): a user with p positives gets
 * floor(p / ratio) items of the domain that he did not take, without replacement, all of them where
 * there are no more. What is drawn follows from the seed, the domain and the user alone.
 */
final class NegativeDraw {
  private static final double LEAST = 0.2;
  private static final double MOST = 0.5;

  private final int[] items;
  private final double ratio;
  private final long key;
  private final int[] words = new int[4];
  private int user;
  private int drawn;

  /**
   * Prepares the draws of one domain.
   *
   * @param items of the domain, ascending
   * @param ratio positives for each negative
   */
  NegativeDraw(int[] items, double ratio, long seed, String domain) {
    this.items = items;
    this.ratio = ratio;
    this.key = Philox.key(seed, "negatives of " + domain);
  }

  /** The ratios of as many domains: uniform on 0.2 to 0.5, of two digits, as Python draws them. */
  static List<Double> ratios(int domains, int seed) {
    PythonRandom random = new PythonRandom(seed);
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < domains; i++) {
      double ratio = LEAST + (MOST - LEAST) * random.random();
      ratios.add(new BigDecimal(ratio).setScale(2, RoundingMode.HALF_EVEN).doubleValue());
    }
    return ratios;
  }

  /**
   * Draws for one user.
   *
   * @param own his positives, ascending, all among the items of the domain
   */
  int[] draw(int user, int[] own) {
    this.user = user;
    this.drawn = 0;
    int pool = items.length - own.length;
    int count = Math.min((int) (own.length / ratio), pool);
    return 2 * count > pool ? ofPool(own, count) : byTrial(own, count);
  }

  /** Few of many: items at random until enough are new. */
  private int[] byTrial(int[] own, int count) {
    int[] chosen = new int[count];
    Set<Integer> taken = new HashSet<>();
    int n = 0;
    while (n < count) {
      int item = items[below(items.length)];
      if (Arrays.binarySearch(own, item) < 0 && taken.add(item)) {
        chosen[n++] = item;
      }
    }
    return chosen;
  }

  /** Many: the first of a shuffled pool. */
  private int[] ofPool(int[] own, int count) {
    int[] pool = Arrays.stream(items).filter(i -> Arrays.binarySearch(own, i) < 0).toArray();
    for (int i = 0; i < count; i++) {
      int j = i + below(pool.length - i);
      int kept = pool[i];
      pool[i] = pool[j];
      pool[j] = kept;
    }
    return Arrays.copyOf(pool, count);
  }

  private int below(int bound) {
    if (drawn % 4 == 0) {
      Philox.words(user, drawn / 4, 0, 0, key, words);
    }
    return (int) (((words[drawn++ % 4] & 0xFFFFFFFFL) * bound) >>> 32);
  }
}
