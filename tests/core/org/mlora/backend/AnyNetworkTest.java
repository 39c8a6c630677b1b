package org.mlora.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.domain.AdapterMerge;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.testing.Buffers;
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

  @Property(tries = 60, seed = SEED)
  void computesAndLearnsWhatItDoesOnTheReferenceBackend(
      @ForAll("choices") List<Integer> choices, @ForAll long seed) {
    agrees(choices, seed);
  }

  @Tag("slow")
  @Property(tries = 3000)
  void soDoManyNetworks(@ForAll("choices") List<Integer> choices, @ForAll long seed) {
    agrees(choices, seed);
  }

  private static void agrees(List<Integer> choices, long seed) {
    RandomProblem problem = new RandomNetwork(choices).problem(seed, Outcome.ROWS);
    List<Optimization> stages = problem.anyStages();
    Outcome reference = Outcome.of(new ReferenceBackend(), problem, stages);
    if (reference.isOfUsualSize()) {
      Outcome cpu = Outcome.of(Cpu.require(1), problem, stages);
      assertThat(cpu.isNear(reference, TOLERANCE, problem, stages))
          .as("distance %s of %s", cpu.distance(reference), problem.network.ops())
          .isTrue();
    }
  }

  @Property(tries = 60, seed = SEED)
  void hasTheSameBitsWithAnyNumberOfThreads(
      @ForAll("choices") List<Integer> choices, @ForAll long seed) {
    RandomProblem problem = new RandomNetwork(choices).problem(seed, Outcome.ROWS);
    List<Optimization> stages = problem.anyStages();
    Outcome one = Outcome.of(Cpu.require(1), problem, stages);
    Outcome three = Outcome.of(Cpu.require(3), problem, stages);
    assertThat(three.equalsToTheBit(one)).as("%s", problem.network.ops()).isTrue();
  }

  @Property(tries = 60, seed = SEED)
  void hasTheSameLogitOfARowInAnyBatchAndSession(
      @ForAll("choices") List<Integer> choices, @ForAll long seed) {
    RandomProblem problem = new RandomNetwork(choices).problem(seed, Outcome.ROWS);
    try (Backend cpu = Cpu.require(2);
        Engine engine = cpu.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      double[] all = Numbers.logits(engine, data);
      try (Session session = engine.share();
          Session.Resident same = session.load(problem.columns)) {
        FloatBuffer logits = Buffers.floats((long) Outcome.ROWS);
        session.predict(same, 0, Outcome.ROWS, logits, Buffers.floats(0L));
        for (int row = 0; row < Outcome.ROWS; row++) {
          assertThat((double) logits.get(row)).isEqualTo(all[row]);
        }
      }
      for (int count : new int[] {1, 7, 24, 31}) {
        for (int from = 0; from + count <= Outcome.ROWS; from += count + 5) {
          assertThat(Numbers.logits(engine, data, from, count))
              .as("%d rows of %s", count, problem.network.ops())
              .containsExactly(Arrays.copyOfRange(all, from, from + count));
        }
      }
    }
  }

  @Property(tries = 60, seed = SEED)
  void hasTheSameLogitsOfADomainWithItsAdaptersMerged(
      @ForAll("choices") List<Integer> choices, @ForAll long seed) {
    RandomProblem problem = new RandomNetwork(choices).problem(seed, Outcome.ROWS);
    try (ReferenceBackend backend = new ReferenceBackend();
        Engine adapted = backend.compile(problem.network);
        Session.Resident data = adapted.load(problem.columns)) {
      problem.fill(adapted);
      double[] all = Numbers.logits(adapted, data);
      for (int domain = 0; domain < Math.min(3, problem.network.domains()); domain++) {
        int[] rows = problem.rowsOf(domain);
        try (Engine plain = backend.compile(withoutAdapters(problem.network));
            Session.Resident same = plain.load(problem.columnsOf(rows))) {
          problem.fill(plain);
          AdapterMerge.merge(adapted, domain, plain);
          double[] expected = IntStream.of(rows).mapToDouble(row -> all[row]).toArray();
          assertThat(Numbers.relativeError(Numbers.logits(plain, same), expected, 1))
              .as("domain %d of %s", domain, problem.network.ops())
              .isLessThan(1e-3);
        }
      }
    }
  }

  /** The same network; what belonged to adapters belongs to nothing. */
  private static Network withoutAdapters(Network network) {
    return new Network(
        network.domains(),
        network.inputs(),
        network.parameters(),
        network.values(),
        network.ops().stream().map(AnyNetworkTest::withoutAdapter).toList(),
        network.logit(),
        List.of());
  }

  private static Op withoutAdapter(Op op) {
    if (op instanceof Op.Dense o) {
      return new Op.Dense(
          o.in(),
          o.weight(),
          o.bias(),
          Optional.empty(),
          o.activation(),
          o.dropout(),
          o.stream(),
          o.out());
    } else if (op instanceof Op.Attention o) {
      return new Op.Attention(
          o.in(),
          o.fields(),
          o.heads(),
          o.scale(),
          o.query(),
          o.key(),
          o.value(),
          o.residual(),
          Optional.empty(),
          o.out());
    }
    return op;
  }
}
