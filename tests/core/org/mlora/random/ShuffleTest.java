package org.mlora.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShuffleTest {
  @Property(tries = 50)
  void everyRowOccursOnce(
      @ForAll long seed, @ForAll int epoch, @ForAll @IntRange(max = 5000) int n) {
    int[] order = Shuffle.permutation(seed, epoch, n);
    Arrays.sort(order);
    assertThat(order).containsExactly(IntStream.range(0, n).toArray());
  }

  @Test
  void theSameSeedAndEpochGiveTheSameOrderAndOthersDoNot() {
    int[] order = Shuffle.permutation(5, 2, 1000);
    assertThat(Shuffle.permutation(5, 2, 1000)).containsExactly(order);
    assertThat(Shuffle.permutation(5, 3, 1000)).isNotEqualTo(order);
    assertThat(Shuffle.permutation(6, 2, 1000)).isNotEqualTo(order);
  }

  @Test
  void everyOrderOfThreeRowsIsAboutAsFrequent() {
    int[] counts = new int[27];
    for (int epoch = 0; epoch < 6000; epoch++) {
      int[] order = Shuffle.permutation(1, epoch, 3);
      counts[9 * order[0] + 3 * order[1] + order[2]]++;
    }
    assertThat(Arrays.stream(counts).filter(c -> c > 0).boxed())
        .hasSize(6)
        .allMatch(c -> c > 850 && c < 1150);
  }
}
