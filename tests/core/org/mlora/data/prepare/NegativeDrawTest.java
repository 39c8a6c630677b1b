package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NegativeDrawTest {
  private static final int[] ITEMS = IntStream.rangeClosed(1, 1000).toArray();

  @Test
  void ratiosAreThoseOfThePublishedCode() {
    assertThat(NegativeDraw.ratios(30, 123))
        .containsExactly(
            0.22, 0.23, 0.32, 0.23, 0.47, 0.21, 0.36, 0.30, 0.46, 0.25, 0.30, 0.30, 0.27, 0.20,
            0.33, 0.23, 0.38, 0.22, 0.29, 0.33, 0.47, 0.23, 0.24, 0.44, 0.21, 0.47, 0.37, 0.28,
            0.45, 0.43);
  }

  @ParameterizedTest
  @CsvSource({"3, 0.22, 13", "1, 0.47, 2", "4, 0.2, 20", "250, 0.3, 750", "150, 0.2, 750"})
  void aUserGetsAsManyAsTheRatioAsksFor(int positives, double ratio, int negatives) {
    int[] own = Arrays.copyOf(ITEMS, positives);
    int[] drawn = new NegativeDraw(ITEMS, ratio, 123, "d").draw(7, own);
    assertThat(drawn).hasSize(Math.min(negatives, 1000 - positives)).doesNotHaveDuplicates();
    assertThat(Arrays.stream(drawn)).allMatch(item -> item > positives && item <= 1000);
  }

  @Test
  void whoTookNearlyEverythingGetsTheRest() {
    int[] own = Arrays.copyOf(ITEMS, 998);
    assertThat(new NegativeDraw(ITEMS, 0.2, 1, "d").draw(1, own))
        .containsExactlyInAnyOrder(999, 1000);
    assertThat(new NegativeDraw(ITEMS, 0.2, 1, "d").draw(1, ITEMS)).isEmpty();
  }

  @Test
  void whatIsDrawnFollowsFromSeedDomainAndUserAlone() {
    int[] own = {5, 9};
    NegativeDraw draw = new NegativeDraw(ITEMS, 0.2, 123, "toys");
    int[] first = draw.draw(3, own);
    draw.draw(4, own);
    assertThat(draw.draw(3, own)).containsExactly(first);
    assertThat(draw.draw(4, own)).isNotEqualTo(first);
    assertThat(new NegativeDraw(ITEMS, 0.2, 123, "books").draw(3, own)).isNotEqualTo(first);
    assertThat(new NegativeDraw(ITEMS, 0.2, 124, "toys").draw(3, own)).isNotEqualTo(first);
  }

  @Test
  void everyItemIsAsLikely() {
    NegativeDraw draw = new NegativeDraw(IntStream.rangeClosed(1, 20).toArray(), 0.25, 5, "d");
    int[] count = new int[21];
    int users = 20_000;
    for (int user = 1; user <= users; user++) {
      for (int item : draw.draw(user, new int[] {20})) {
        count[item]++;
      }
    }
    // 4 of 19 for each user; five standard deviations are about 290.
    double expected = users * 4 / 19.0;
    assertThat(Arrays.stream(count, 1, 20))
        .allSatisfy(n -> assertThat((double) n).isBetween(expected - 290, expected + 290));
    assertThat(count[20]).isZero();
  }
}
