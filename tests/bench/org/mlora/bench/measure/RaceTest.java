package org.mlora.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RaceTest {
  private static final Effort TINY = new Effort(0.001, 0.001, 3, 10, 10, 1);

  @Test
  void theFastestOfAGroupCounts() {
    Map<String, Race.Finish> finish =
        new Race(TINY)
            .enter("peer", "slow", n -> spend(400_000L * n))
            .enter("peer", "fast", n -> spend(20_000L * n))
            .enter("ours", "", n -> spend(40_000L * n))
            .run();
    assertThat(finish.keySet()).containsExactlyInAnyOrder("peer", "ours");
    assertThat(Race.of(finish, "peer").name()).isEqualTo("fast");
    assertThat(Race.of(finish, "peer").times().seconds()).hasSize(3);
  }

  @Test
  void entrantsTakeTurns() {
    List<String> order = new ArrayList<>();
    new Race(TINY)
        .enter("a", "", n -> note(order, "a", n))
        .enter("b", "", n -> note(order, "b", n))
        .run();
    assertThat(order.subList(order.size() - 6, order.size()))
        .containsExactly("a", "b", "b", "a", "a", "b");
  }

  @Test
  void medianAndSpreadAreThoseOfTheQuartiles() {
    Times times = new Times(new double[] {5, 1, 4, 2, 3});
    assertThat(times.median()).isEqualTo(3);
    assertThat(times.spread()).isEqualTo(1.0 / 3);
    assertThat(new Times(new double[] {1, 2}).median()).isEqualTo(1.5);
  }

  private static void note(List<String> order, String name, int times) {
    order.add(name);
    spend(1_000L * times);
  }

  private static void spend(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }
}
