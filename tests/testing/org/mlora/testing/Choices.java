package org.mlora.testing;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.RandomDistribution;

/**
 * What a generator chooses, one after the other: by the numbers of a list, and the first of all
 * there is once the list ends, so that a shorter list of smaller numbers makes something simpler.
 */
public final class Choices {
  /** One less than what all bounds divide that are asked for. */
  private static final int LARGEST = 5039;

  private static final int MOST = 250;

  private final List<Integer> numbers;
  private int taken;

  public Choices(List<Integer> numbers) {
    this.numbers = numbers;
  }

  /** Any choices; the simplest ones where a property shrinks them. */
  public static Arbitrary<List<Integer>> lists() {
    return Arbitraries.integers()
        .between(0, LARGEST)
        .withDistribution(RandomDistribution.uniform())
        .list()
        .ofMaxSize(MOST)
        .withSizeDistribution(RandomDistribution.uniform());
  }

  /** A number in {@code [0, bound)}. */
  int below(int bound) {
    return taken < numbers.size() ? Math.floorMod(numbers.get(taken++), bound) : 0;
  }

  /** One in so many times; not where nothing is left to choose by. */
  boolean oneIn(int times) {
    return below(times) == times - 1;
  }

  <T> T of(List<T> all) {
    return all.get(below(all.size()));
  }
}
