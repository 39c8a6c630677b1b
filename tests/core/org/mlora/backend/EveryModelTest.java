package org.mlora.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.model.AdapterPlace;
import org.mlora.model.AdapterSpec;
import org.mlora.model.Initialization;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.random.Shuffle;
import org.mlora.testing.Cpu;
import org.mlora.testing.ModelCase;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.EpsilonRule;
import org.mlora.train.Optimizer.UntouchedRows;

/** What holds for every model of the registry, over fields of every kind and random options. */
class EveryModelTest {
  private static final int ROWS = 150;
  private static final int BATCH = 50;

  static Stream<ModelCase> models() {
    return ModelCase.all();
  }

  private static Stream<RandomProblem> problems(ModelCase model, double dropout) {
    return LongStream.range(1, 7).mapToObj(seed -> model.problem(seed, ROWS, dropout));
  }

  @ParameterizedTest
  @MethodSource("models")
  void gradientsOfTheCpuAreThoseOfTheReference(ModelCase model) {
    problems(model, 0.3).forEach(EveryModelTest::compareGradients);
  }

  /** The CPU engine holds the activations of 1024 rows at once; domains cross such blocks. */
  @ParameterizedTest
  @MethodSource("models")
  void soTheyAreInABatchOfSeveralBlocks(ModelCase model) {
    compareGradients(model.problem(8, 2600, 0.3));
  }

  /**
   * Maps and heads wider and more than the vectors, panels and tiles that the CPU engine cuts them
   * to.
   */
  @ParameterizedTest
  @ValueSource(ints = {3, 10, 16, 20, 40})
  void soTheyAreOfWideInteractions(int width) {
    ModelSpec any = ModelSpec.defaults().withHidden(List.of(6)).withEmbeddingDim(width);
    AdapterSpec everywhere = new AdapterSpec.Mlora(2).withPlaces(EnumSet.allOf(AdapterPlace.class));
    List.of(
            any.withModel("xdeepfm").withOptions(Map.of("cin_layers", "70,33")),
            any.withModel("autoint")
                .withOptions(
                    Map.of("attention_heads", "3", "attention_width", Integer.toString(width)))
                .withAdapter(everywhere))
        .forEach(
            spec -> compareGradients(new RandomProblem(spec, Math.min(width, 10), 0.1, width, 50)));
  }

  private static void compareGradients(RandomProblem problem) {
    Optimization how = problem.optimization(new Optimizer.Sgd(0.1), 0.01);
    try (Run reference = new Run(problem, problem.network, new ReferenceBackend());
        Run cpu = new Run(problem, problem.network, Cpu.require(2))) {
      reference.engine.optimize(how);
      cpu.engine.optimize(how);
      double expected = reference.engine.gradients(reference.data, problem.everyRow(), true);
      double loss = cpu.engine.gradients(cpu.data, problem.everyRow(), true);
      assertThat(loss - expected).as("loss of %s", problem.spec).isBetween(-4e-6, 4e-6);
      agree(problem, reference, cpu, Engine.Slot.GRADIENT, 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void trainingOnTheCpuFollowsTheReference(ModelCase model) {
    List<Optimizer> optimizers =
        List.of(
            new Optimizer.RowWiseAdagrad(0.02, 1e-3, 0.1),
            new Optimizer.Adam(1e-3, 0.9, 0.999, 1e-3, EpsilonRule.TENSORFLOW, UntouchedRows.MOVE),
            new Optimizer.Adam(1e-3, 0.9, 0.999, 1e-3, EpsilonRule.PYTORCH, UntouchedRows.STAY));
    List<RandomProblem> problems = problems(model, 0.3).toList();
    for (int i = 0; i < optimizers.size(); i++) {
      RandomProblem problem = problems.get(i);
      Optimization how = problem.optimization(optimizers.get(i), i == 1 ? 0.01 : 0);
      try (Run reference = new Run(problem, problem.network, new ReferenceBackend());
          Run cpu = new Run(problem, problem.network, Cpu.require(2))) {
        reference.train(how);
        cpu.train(how);
        agree(problem, reference, cpu, Engine.Slot.VALUE, 3e-5);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void predictionsOfTheCpuAreThoseOfTheReference(ModelCase model) {
    problems(model, 0)
        .forEach(
            problem -> {
              try (Run reference = new Run(problem, problem.network, new ReferenceBackend());
                  Run cpu = new Run(problem, problem.network, Cpu.require(2))) {
                double[] expected = Numbers.logits(reference.engine, reference.data);
                assertThat(Numbers.relativeError(Numbers.logits(cpu.engine, cpu.data), expected, 1))
                    .as("%s", problem.spec)
                    .isLessThan(1e-5);
              }
            });
  }

  @ParameterizedTest
  @MethodSource("models")
  void anyNumberOfThreadsGivesTheSameBits(ModelCase model) {
    problems(model, 0.3)
        .limit(3)
        .forEach(
            problem -> {
              Optimization how =
                  problem.optimization(
                      new Optimizer.Adam(
                          1e-3, 0.9, 0.999, 1e-8, EpsilonRule.TENSORFLOW, UntouchedRows.MOVE),
                      0.001);
              try (Run one = new Run(problem, problem.network, Cpu.require(1));
                  Run three = new Run(problem, problem.network, Cpu.require(3))) {
                one.train(how);
                three.train(how);
                for (Parameter p : problem.network.parameters()) {
                  assertThat(Numbers.read(three.engine, p, Engine.Slot.VALUE))
                      .as("%s of %s", p.name(), problem.spec)
                      .containsExactly(Numbers.read(one.engine, p, Engine.Slot.VALUE));
                }
              }
            });
  }

  @ParameterizedTest
  @MethodSource("models")
  void aRowsLogitIsTheSameInAnyBatch(ModelCase model) {
    problems(model, 0)
        .forEach(
            problem -> {
              try (Run cpu = new Run(problem, problem.network, Cpu.require(2))) {
                double[] all = Numbers.logits(cpu.engine, cpu.data);
                for (int count : new int[] {1, 2, 3, 7, 24, 31}) {
                  for (int from = 0; from + count <= ROWS; from += count + 5) {
                    assertThat(Numbers.logits(cpu.engine, cpu.data, from, count))
                        .as("%d rows of %s", count, problem.spec)
                        .containsExactly(Arrays.copyOfRange(all, from, from + count));
                  }
                }
              }
            });
  }

  @ParameterizedTest
  @MethodSource("models")
  void rowsOfOneDomainHaveTheSameLogitsAloneAsMixed(ModelCase model) {
    RandomProblem problem = model.problem(3, ROWS, 0);
    try (Run mixed = new Run(problem, problem.network, Cpu.require(2))) {
      double[] all = Numbers.logits(mixed.engine, mixed.data);
      for (int domain = -1; domain < problem.network.domains(); domain++) {
        int[] rows = problem.rowsOf(domain);
        try (Session.Resident alone = mixed.engine.load(problem.columnsOf(rows))) {
          assertThat(Numbers.logits(mixed.engine, alone))
              .containsExactly(IntStream.of(rows).mapToDouble(r -> all[r]).toArray());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void newAdaptersChangeNoPredictionToTheBit(ModelCase model) {
    problems(model, 0)
        .forEach(
            problem -> {
              Network control =
                  Models.build(problem.spec.withAdapter(new AdapterSpec.None()), problem.schema);
              for (Backend backend : List.of(new ReferenceBackend(), Cpu.require(2))) {
                try (Engine with = backend.compile(problem.network);
                    Engine without = backend.compile(control);
                    Session.Resident data = with.load(problem.columns);
                    Session.Resident same = without.load(problem.columns)) {
                  Initialization.fill(with, 5, problem::pretrained);
                  Initialization.fill(without, 5, problem::pretrained);
                  assertThat(Numbers.logits(with, data))
                      .as("%s", problem.spec)
                      .containsExactly(Numbers.logits(without, same));
                }
                backend.close();
              }
            });
  }

  private static void agree(
      RandomProblem problem, Run expected, Run actual, Engine.Slot slot, double tolerance) {
    for (Parameter p : problem.network.parameters()) {
      if (p.trained() || slot != Engine.Slot.GRADIENT) {
        double error =
            Numbers.relativeError(
                Numbers.read(actual.engine, p, slot), Numbers.read(expected.engine, p, slot), 0.1);
        assertThat(error).as("%s of %s", p.name(), problem.spec).isLessThan(tolerance);
      }
    }
  }

  /** A backend with a problem loaded. */
  private static final class Run implements AutoCloseable {
    final Backend backend;
    final Engine engine;
    final Session.Resident data;

    Run(RandomProblem problem, Network network, Backend backend) {
      this.backend = backend;
      this.engine = backend.compile(network);
      this.data = engine.load(problem.columns);
      problem.fill(engine);
    }

    void train(Optimization how) {
      engine.optimize(how);
      for (int epoch = 0; epoch < 4; epoch++) {
        engine.order(data, Shuffle.of(1, epoch, ROWS));
        for (int from = 0; from < ROWS; from += BATCH) {
          engine.train(from, BATCH);
        }
      }
    }

    @Override
    public void close() {
      data.close();
      engine.close();
      backend.close();
    }
  }
}
