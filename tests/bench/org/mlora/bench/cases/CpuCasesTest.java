package org.mlora.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.bench.Libtorch;
import org.mlora.bench.measure.Effort;
import org.mlora.bench.peer.MatrixProduct;
import org.mlora.bench.peer.Torch;
import org.mlora.bench.peer.Way;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.workload.Workload;

/** Every case, really measured beside libtorch, on small tables and for a moment only. */
class CpuCasesTest {
  private static final Effort TINY = new Effort(0.001, 0.001, 2, 300, 1 << 14, 1);

  @BeforeAll
  static void natives() {
    Libtorch.assumePresent();
  }

  static List<BenchCase> cases() {
    List<BenchCase> all = new ArrayList<>(CpuCases.all(TINY.tableIds()));
    all.addAll(CpuCases.models(TINY.tableIds()));
    return all;
  }

  @Test
  void measuresTrainingBesideLibtorch() {
    measuresBothSides(new TrainingCase("tiny", Workload.of(300, 8).withDropout(0.5), 64));
  }

  @Tag("slow")
  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void measuresBothSides(BenchCase one) {
    try (CpuBackend backend = new CpuBackend(1);
        MatrixProduct sgemm = new MatrixProduct()) {
      BenchRow row = one.measure(new Bench(TINY, backend, new Torch(1), sgemm));
      assertThat(row.name()).isEqualTo(one.name());
      assertThat(row.ours().median().orElseThrow()).isPositive();
      if (!(one instanceof PreparationCase || one instanceof ModelCase)) {
        assertThat(row.peer().median().orElseThrow()).isPositive();
        assertThat(row.ratio().orElseThrow()).isPositive();
      }
    }
  }

  @Test
  void refusesToTimeWhatDiffers() {
    try (CpuBackend backend = new CpuBackend(1);
        MatrixProduct sgemm = new MatrixProduct()) {
      Bench bench = new Bench(TINY, backend, new Torch(1), sgemm);
      try (Bench.Pair pair = bench.pair(Workload.of(300, 8), Way.TRAINING)) {
        pair.ours().train(256, 1);
        assertThatThrownBy(() -> Agreement.require(pair))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("differ");
      }
    }
  }
}
