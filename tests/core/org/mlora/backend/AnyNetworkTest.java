package org.mlora.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.testing.Choices;
import org.mlora.testing.Cpu;
import org.mlora.testing.Numbers;
import org.mlora.testing.Outcome;
import org.mlora.testing.RandomNetwork;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;

/** Networks of any composition, as models of other projects may lay them out, on the CPU. */
class AnyNetworkTest {
  private static final String SEED = "20261128";
  private static final double TOLERANCE = 5e-5;

  @Provide
  Arbitrary<List<Integer>> choices() {
    return Choices.lists();
  }

  @Property(tries = 100, seed = SEED)
  void computesAndLearnsWhatItDoesOnTheReferenceBackend(
      @ForAll("choices") List<Integer> choices, @ForAll long seed) {
    agrees(choices, seed);
  }

  @Tag("slow")
  @Property(tries = 5000)
  void soDoManyNetworks(@ForAll("choices") List<Integer> choices, @ForAll long seed) {
    agrees(choices, seed);
  }

  private static void agrees(List<Integer> choices, long seed) {
    RandomProblem problem = new RandomNetwork(choices).problem(seed, Outcome.ROWS);
    Optimization how = problem.anyOptimization();
    Outcome reference = Outcome.of(new ReferenceBackend(), problem, how);
    if (reference.isOfUsualSize()) {
      Outcome cpu = Outcome.of(Cpu.require(1), problem, how);
      assertThat(cpu.isNear(reference, TOLERANCE, problem, how))
          .as("distance %s of %s", cpu.distance(reference), problem.network.ops())
          .isTrue();
    }
  }

  @Property(tries = 100, seed = SEED)
  void hasTheSameBitsWithAnyNumberOfThreads(
      @ForAll("choices") List<Integer> choices, @ForAll long seed) {
    RandomProblem problem = new RandomNetwork(choices).problem(seed, Outcome.ROWS);
    Optimization how = problem.anyOptimization();
    Outcome one = Outcome.of(Cpu.require(1), problem, how);
    Outcome three = Outcome.of(Cpu.require(3), problem, how);
    assertThat(three.equalsToTheBit(one)).as("%s", problem.network.ops()).isTrue();
  }

  @Property(tries = 100, seed = SEED)
  void hasTheSameLogitOfARowInAnyBatch(
      @ForAll("choices") List<Integer> choices, @ForAll long seed) {
    RandomProblem problem = new RandomNetwork(choices).problem(seed, Outcome.ROWS);
    try (Backend cpu = Cpu.require(2);
        Engine engine = cpu.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      double[] all = Numbers.logits(engine, data);
      for (int count : new int[] {1, 7, 24, 31}) {
        for (int from = 0; from + count <= Outcome.ROWS; from += count + 5) {
          assertThat(Numbers.logits(engine, data, from, count))
              .as("%d rows of %s", count, problem.network.ops())
              .containsExactly(Arrays.copyOfRange(all, from, from + count));
        }
      }
    }
  }
}
