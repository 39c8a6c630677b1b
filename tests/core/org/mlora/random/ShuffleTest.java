package org.mlora.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShuffleTest {
  @Property(tries = 50)
  void everyRowOccursOnce(
      @ForAll long seed, @ForAll int epoch, @ForAll @IntRange(max = 5000) int n) {
    assertPermutation(seed, epoch, n);
  }

  @Test
  void everyRowOccursOnceForEveryNumberOfRows() {
    for (int n = 0; n <= 1000; n++) {
      assertPermutation(7, n, n);
    }
    for (int n : new int[] {1 << 20, (1 << 20) + 1, 3_000_017}) {
      assertPermutation(11, 3, n);
    }
  }

  private static void assertPermutation(long seed, int epoch, int n) {
    int[] order = Shuffle.of(seed, epoch, n).rows();
    Arrays.sort(order);
    assertThat(Arrays.equals(order, IntStream.range(0, n).toArray())).as("%d rows", n).isTrue();
  }

  @Test
  void aRowIsAFunctionOfItsPlace() {
    for (int n : new int[] {1, 17, 1000, 65537}) {
      Shuffle shuffle = Shuffle.of(5, 2, n);
      assertThat(shuffle.rows()).isEqualTo(IntStream.range(0, n).map(shuffle::row).toArray());
    }
    int most = Integer.MAX_VALUE;
    assertThat(Shuffle.of(5, 2, most).row(most - 1)).isBetween(0, most - 1);
  }

  @Test
  void theSameSeedAndEpochGiveTheSameOrderAndOthersDoNot() {
    int[] order = Shuffle.of(5, 2, 1000).rows();
    assertThat(Shuffle.of(5, 2, 1000).rows()).containsExactly(order);
    assertThat(Shuffle.of(5, 3, 1000).rows()).isNotEqualTo(order);
    assertThat(Shuffle.of(6, 2, 1000).rows()).isNotEqualTo(order);
  }

  /** The bits are part of every training: a change of them must be meant. */
  @Test
  void theOrderOfTenRowsIsPinned() {
    assertThat(Shuffle.of(1, 1, 10).rows()).containsExactly(8, 1, 7, 5, 4, 2, 9, 6, 0, 3);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6})
  void everyOrderOfAFewRowsIsAboutAsFrequent(int n) {
    int orders = IntStream.rangeClosed(2, n).reduce(1, (a, b) -> a * b);
    int draws = 200 * orders;
    Map<Integer, Integer> counts = new HashMap<>();
    for (int draw = 0; draw < draws; draw++) {
      int code = 0;
      for (int row : Shuffle.of(draw % 7, draw / 7, n).rows()) {
        code = code * n + row;
      }
      counts.merge(code, 1, Integer::sum);
    }
    assertThat(counts).hasSize(orders);
    assertUniform(counts.values().stream().mapToInt(c -> c).toArray(), orders - 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 16, 17, 33, 100})
  void everyRowIsAsLikelyAtEveryPlace(int n) {
    int[] counts = new int[n * n];
    for (int epoch = 0; epoch < 100 * n; epoch++) {
      Shuffle shuffle = Shuffle.of(3, epoch, n);
      for (int place = 0; place < n; place++) {
        counts[place * n + shuffle.row(place)]++;
      }
    }
    assertUniform(counts, (n - 1) * (n - 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 16, 17, 33, 100})
  void everyPairOfRowsIsAsLikelySideBySide(int n) {
    int[] counts = new int[n * n];
    for (int seed = 0; seed < 100 * n; seed++) {
      int[] order = Shuffle.of(seed, 1, n).rows();
      for (int place = 0; place + 1 < n; place += 2) {
        counts[order[place] * n + order[place + 1]]++;
      }
    }
    int[] pairs =
        IntStream.range(0, n * n).filter(i -> i / n != i % n).map(i -> counts[i]).toArray();
    assertThat(Arrays.stream(pairs).sum()).isEqualTo(Arrays.stream(counts).sum());
    assertUniform(pairs, pairs.length - 1);
  }

  /** Neighbours in a large shuffle, and the same place in two epochs, by parts of the range. */
  @Test
  void rowsOfALargeShuffleTellNothingOfTheirNeighboursNorOfTheNextEpoch() {
    int n = 1_500_000;
    int parts = 64;
    for (int seed = 0; seed < 4; seed++) {
      int[] order = Shuffle.of(seed, 1, n).rows();
      int[] next = Shuffle.of(seed, 2, n).rows();
      for (int distance : new int[] {1, 2, 1024}) {
        int[] counts = new int[parts * parts];
        for (int i = 0; i + distance < n; i++) {
          counts[part(order[i], n, parts) * parts + part(order[i + distance], n, parts)]++;
        }
        assertUniform(counts, parts * parts - 1);
      }
      int[] epochs = new int[parts * parts];
      int[] places = new int[parts * parts];
      int[] low = new int[parts * parts];
      for (int i = 0; i < n; i++) {
        epochs[part(order[i], n, parts) * parts + part(next[i], n, parts)]++;
        places[part(i, n, parts) * parts + part(order[i], n, parts)]++;
        low[i % parts * parts + order[i] % parts]++;
      }
      int free = (parts - 1) * (parts - 1);
      assertUniform(epochs, free);
      assertUniform(places, free);
      assertUniform(low, free);
    }
  }

  private static int part(int row, int n, int parts) {
    return (int) ((long) row * parts / n);
  }

  /** Pearson's chi-square within 4.5 standard deviations of what chance gives, both ways. */
  private static void assertUniform(int[] counts, int degreesOfFreedom) {
    double expected = Arrays.stream(counts).sum() / (double) counts.length;
    double chiSquare =
        Arrays.stream(counts).mapToDouble(c -> (c - expected) * (c - expected) / expected).sum();
    double deviations = (chiSquare - degreesOfFreedom) / Math.sqrt(2.0 * degreesOfFreedom);
    assertThat(deviations)
        .as("chi-square %.1f of %d", chiSquare, degreesOfFreedom)
        .isBetween(-4.5, 4.5);
  }
}
