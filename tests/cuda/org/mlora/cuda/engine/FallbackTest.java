package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.FallbackBackend;
import org.mlora.backend.Session;
import org.mlora.cuda.emulated.Emulated;
import org.mlora.cuda.gemm.Precision;
import org.mlora.model.AdapterSpec;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.testing.Cpu;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;

/** What {@code --device auto} opens where CUDA works: the CPU for what the kernels cannot run. */
@Tag("emulated")
@ExtendWith(NoNativeLeaks.class)
class FallbackTest {
  private final List<String> told = new ArrayList<>();

  private FallbackBackend auto() {
    return new FallbackBackend(
        Emulated.backend(Precision.FP32),
        () -> Cpu.require(1),
        (backend, why) -> told.add(backend.description() + ": " + why));
  }

  @Test
  void whatTheKernelsRunStaysOnTheDevice() {
    RandomProblem problem = new RandomProblem("dcn", 1, 20, 0);
    try (Backend backend = auto();
        Engine engine = backend.compile(problem.network)) {
      assertThat(engine).isInstanceOf(CudaEngine.class);
      assertThat(backend.description()).startsWith("CUDA");
    }
    assertThat(told).isEmpty();
  }

  @Test
  void whatTheyCannotRunGoesToTheOtherBackendWithTheReasonOnce() {
    RandomProblem problem = new RandomProblem("mlp", 1, 20, 0);
    List<Integer> ranks = problem.spec.hidden().stream().map(width -> 129).toList();
    Network large =
        Models.build(problem.spec.withAdapter(new AdapterSpec.Mlora(16, ranks, 0)), problem.schema);
    try (Backend backend = auto()) {
      for (int round = 0; round < 2; round++) {
        try (Engine engine = backend.compile(large);
            Session.Resident data = engine.load(problem.columns)) {
          assertThat(engine).isNotInstanceOf(CudaEngine.class);
          assertThat(Numbers.logits(engine, data)).hasSize(20).doesNotContain(Double.NaN);
        }
      }
      assertThat(backend.description()).startsWith("CPU");
    }
    assertThat(told)
        .singleElement()
        .asString()
        .startsWith("CPU")
        .contains("no kernels for adapters of rank 129", "128 is the highest");
  }
}
