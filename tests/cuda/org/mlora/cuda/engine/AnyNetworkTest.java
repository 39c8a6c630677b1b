package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.cuda.CudaBackend;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gpu.TestDevice;
import org.mlora.testing.Choices;
import org.mlora.testing.Cpu;
import org.mlora.testing.Outcome;
import org.mlora.testing.RandomNetwork;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;

/** Networks of any composition, as models of other projects may lay them out, on a device. */
class AnyNetworkTest {
  private static final double TOLERANCE = 1e-4;

  /** For all networks, as a GPU takes longer to open than to train one of them. */
  private static final Map<Precision, CudaBackend> BACKENDS = new EnumMap<>(Precision.class);

  @AfterContainer
  static void closeBackends() {
    BACKENDS.values().forEach(CudaBackend::close);
    BACKENDS.clear();
  }

  @Provide
  Arbitrary<List<Integer>> choices() {
    return Choices.lists();
  }

  @Property(tries = 8, seed = "20261128")
  void computesAndLearnsWhatItDoesOnTheCpu(
      @ForAll("choices") List<Integer> choices, @ForAll long seed) {
    agrees(choices, seed);
  }

  @Tag("slow")
  @Property(tries = 300)
  void soDoManyNetworks(@ForAll("choices") List<Integer> choices, @ForAll long seed) {
    agrees(choices, seed);
  }

  private static void agrees(List<Integer> choices, long seed) {
    RandomProblem problem = new RandomNetwork(choices).problem(seed, Outcome.ROWS);
    List<Optimization> stages = problem.anyStages();
    Outcome cpu = Outcome.of(Cpu.require(1), problem, stages);
    if (cpu.isOfUsualSize()) {
      Outcome device = onDevice(problem, stages, Precision.FP32, true);
      assertThat(device.isNear(cpu, TOLERANCE, problem, stages))
          .as("distance %s of %s", device.distance(cpu), problem.network.ops())
          .isTrue();
    }
  }

  @Property(tries = 4, seed = "20261128")
  void hasTheSameBitsWithColumnsThatStayOnTheHost(
      @ForAll("choices") List<Integer> choices, @ForAll long seed) {
    sameStreamed(choices, seed);
  }

  @Tag("slow")
  @Property(tries = 100)
  void soHaveManyNetworks(@ForAll("choices") List<Integer> choices, @ForAll long seed) {
    sameStreamed(choices, seed);
  }

  private static void sameStreamed(List<Integer> choices, long seed) {
    RandomProblem problem = new RandomNetwork(choices).problem(seed, Outcome.ROWS);
    List<Optimization> stages = problem.anyStages();
    // In bf16 more goes in one launch.
    Precision precision = seed % 2 == 0 ? Precision.FP32 : Precision.BF16;
    Outcome streamed = onDevice(problem, stages, precision, false);
    assertThat(streamed.equalsToTheBit(onDevice(problem, stages, precision, true)))
        .as("%s", problem.network.ops())
        .isTrue();
  }

  private static Outcome onDevice(
      RandomProblem problem, List<Optimization> stages, Precision precision, boolean columnsToo) {
    CudaBackend backend = BACKENDS.computeIfAbsent(precision, TestDevice::backend);
    try (Engine engine =
            new CudaEngine(
                backend.runtime(),
                backend.gemm(),
                problem.network,
                precision,
                Capacity.LARGEST_PREDICTION,
                columnsToo ? 1 : 0,
                () -> {});
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      return Outcome.of(engine, data, problem, stages);
    }
  }
}
