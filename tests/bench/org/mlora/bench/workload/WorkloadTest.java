package org.mlora.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mlora.model.Models;

class WorkloadTest {
  @Test
  void operationsAreThoseOfTheProducts() {
    // 24*256 + 256*128 + 128*64 + 64 weights, (24+256)*16 + (256+128)*8 + (128+64)*4 of adapters.
    assertThat(Workload.of(100, 8).forwardFlops()).isEqualTo(2.0 * (47_168 + 8_320));
    assertThat(Workload.of(100, 8).stepFlops()).isEqualTo(6.0 * (47_168 + 8_320));
    assertThat(Workload.of(100, 8).withoutAdapters().forwardFlops()).isEqualTo(2.0 * 47_168);
  }

  @Test
  void frozenTablesNeedNoGradientOfTheirInput() {
    Workload wide = Workload.of(100, 128);
    assertThat(wide.stepFlops() - wide.withFrozenTables().stepFlops())
        .isEqualTo(2.0 * 384 * (256 + 16));
  }

  @Test
  void theNetworkHasTheWorkloadsSizes() {
    Workload workload = Workload.of(100, 8).withDomains(30);
    var network = Models.build(workload.spec(), workload.schema());
    assertThat(network.domains()).isEqualTo(30);
    assertThat(network.parameter("W0").orElseThrow().shape()).containsExactly(24, 256);
    assertThat(network.parameter("A1").orElseThrow().shape()).containsExactly(30, 256, 8);
  }

  @Test
  void clicksAreTheSameForTheSameWorkload() {
    Workload workload = Workload.of(100, 8);
    Clicks clicks = Clicks.draw(workload, 5000);
    assertThat(clicks.users()).isEqualTo(Clicks.draw(workload, 5000).users());
    assertThat(clicks.order()).doesNotHaveDuplicates().hasSize(5000);
    int[] rows = new int[10];
    for (int row = 0; row < 5000; row++) {
      rows[clicks.domains().get(row)]++;
    }
    // Sizes like 1/n: the first of ten has 34 % of the rows, the last 3.4 %.
    assertThat(rows[0]).isBetween(1550, 1870);
    assertThat(rows[9]).isBetween(110, 240);
  }
}
