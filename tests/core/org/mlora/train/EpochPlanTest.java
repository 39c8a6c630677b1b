package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mlora.testing.Buffers;

class EpochPlanTest {
  private static final int ROWS = 103;

  private final int[] domains =
      IntStream.range(0, ROWS).map(i -> i % 10 == 9 ? -1 : i % 4).toArray();

  @ParameterizedTest
  @EnumSource
  void trainsEveryRowOnceInBatchesOfAtMostTheGivenSize(Batching batching) {
    EpochPlan plan = plan(batching, 1);
    assertThat(Arrays.stream(plan.order().rows()).sorted().toArray()).containsExactly(rows());
    int covered = 0;
    for (int step = 0; step < plan.steps(); step++) {
      assertThat(plan.from(step)).isEqualTo(covered);
      assertThat(plan.count(step)).isBetween(1, 8);
      covered += plan.count(step);
    }
    assertThat(covered).isEqualTo(ROWS);
  }

  @ParameterizedTest
  @EnumSource
  void ordersEachEpochAnewButAlwaysTheSame(Batching batching) {
    assertThat(plan(batching, 1).order().rows()).isEqualTo(plan(batching, 1).order().rows());
    assertThat(plan(batching, 1).order().rows()).isNotEqualTo(plan(batching, 2).order().rows());
  }

  @Test
  void keepsTheShortLastBatchOfMixedRows() {
    EpochPlan plan = plan(Batching.MIXED, 1);
    assertThat(plan.steps()).isEqualTo(13);
    assertThat(plan.count(12)).isEqualTo(ROWS - 12 * 8);
  }

  @Test
  void putsOneDomainInABatchAndAllOfADomainInARow() {
    EpochPlan plan = plan(Batching.SINGLE_DOMAIN, 1);
    List<Integer> seen = new ArrayList<>();
    for (int step = 0; step < plan.steps(); step++) {
      int from = plan.from(step);
      int domain = domains[plan.order().row(from)];
      for (int i = from; i < from + plan.count(step); i++) {
        assertThat(domains[plan.order().row(i)]).isEqualTo(domain);
      }
      if (seen.isEmpty() || seen.get(seen.size() - 1) != domain) {
        seen.add(domain);
      }
    }
    assertThat(seen).containsExactlyInAnyOrder(-1, 0, 1, 2, 3);
  }

  @Test
  void shufflesTheDomainsFromEpochToEpoch() {
    List<Integer> first =
        IntStream.range(0, 30)
            .mapToObj(epoch -> domains[plan(Batching.SINGLE_DOMAIN, epoch).order().row(0)])
            .distinct()
            .toList();
    assertThat(first).hasSizeGreaterThan(2);
  }

  @Test
  void plansNothingForNoRows() {
    EpochPlan plan = EpochPlan.of(Batching.SINGLE_DOMAIN, 8, 1, 1, Buffers.ints(), 3);
    assertThat(plan.steps()).isZero();
  }

  private EpochPlan plan(Batching batching, int epoch) {
    return EpochPlan.of(batching, 8, 7, epoch, Buffers.ints(domains), 4);
  }

  private static int[] rows() {
    return IntStream.range(0, ROWS).toArray();
  }
}
