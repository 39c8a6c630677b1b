package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gpu.TestDevice;
import org.mlora.data.Field;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.testing.Cpu;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.EpsilonRule;
import org.mlora.train.Optimizer.UntouchedRows;

/** Networks whose last layers go in one launch, beside the CPU backend, as far as bf16 agrees. */
@ExtendWith(NoNativeLeaks.class)
class TowerTest {
  private static final Optimizer ADAM =
      new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, EpsilonRule.TENSORFLOW, UntouchedRows.MOVE);

  private static RandomProblem problem(long seed, double dropout, Integer... hidden) {
    ModelSpec spec =
        ModelSpec.defaults()
            .withHidden(List.of(hidden))
            .withEmbeddingDim(4)
            .withDropout(dropout)
            .withEmbeddingL2(0);
    return new RandomProblem(spec, 2, 0.3, seed, Trained.ROWS);
  }

  /** What asks the kernels, but opens no backend, needs their library and a device all the same. */
  private static Backend device;

  @BeforeAll
  static void openDevice() {
    device = TestDevice.backend(Precision.BF16);
  }

  @AfterAll
  static void closeDevice() {
    device.close();
  }

  /** Layers that go in one launch, the logit among them; 0 where none do. */
  private static int layers(Network network, Precision precision, int capacity) {
    return plan(network, precision, capacity).map(plan -> plan.dense().size() + 1).orElse(0);
  }

  private static Optional<Tower.Plan> plan(Network network, Precision precision, int capacity) {
    return Tower.Plan.of(network, new Buffers(network, precision, capacity, true));
  }

  /** Ids and numbers, whose embeddings have that many columns. */
  private static RandomProblem problemOfIds(String model, int embeddingDim, long seed) {
    ModelSpec spec =
        ModelSpec.defaults()
            .withModel(model)
            .withHidden(List.of(16, 8))
            .withEmbeddingDim(embeddingDim)
            .withDropout(0.5)
            .withEmbeddingL2(0);
    Field.IdRule words = new Field.IdRule.Vocabulary();
    List<Field> fields =
        List.of(
            new Field.Categorical("user", 9, words, OptionalInt.empty()),
            new Field.Numeric("price", new Field.NumberRule.Raw(), OptionalInt.empty()),
            new Field.Categorical("item", 7, words, OptionalInt.of(2 * embeddingDim)));
    return new RandomProblem(spec, fields, 0.3, seed, Trained.ROWS);
  }

  private static int fields(RandomProblem problem) {
    return plan(problem.network, Precision.BF16, 48).map(p -> p.fields().size()).orElse(0);
  }

  @Test
  void looksUpWhatItsFirstLayerReadsWhereThatIsAllThereIs() {
    assertThat(fields(problemOfIds("mlp", 8, 1))).as("the domain and three").isEqualTo(4);
    assertThat(fields(problemOfIds("mlp", 4, 1))).as("columns of 4").isZero();
    assertThat(fields(problemOfIds("dcn", 8, 1))).as("read twice").isZero();
    assertThat(fields(problem(1, 0, 16, 8))).as("bags").isZero();
  }

  @Test
  void takesAsManyOfTheLastLayersAsThereAreKernelsFor() {
    Network whole = problem(1, 0, 32, 16, 8).network;
    assertThat(layers(whole, Precision.BF16, 48)).isEqualTo(4);
    assertThat(layers(whole, Precision.BF16, 8192)).isEqualTo(4);
    assertThat(layers(whole, Precision.BF16, 1 << 20)).isZero();
    assertThat(layers(whole, Precision.FP32, 48)).isZero();
    assertThat(layers(problem(1, 0, 32, 20, 8).network, Precision.BF16, 48)).isEqualTo(2);
    assertThat(layers(problem(1, 0, 32, 16, 9).network, Precision.BF16, 48)).isZero();
  }

  @Test
  void theMostRowsOfABatchCanBeGiven() {
    Network whole = problem(1, 0, 32, 16, 8).network;
    try {
      System.setProperty(Tower.MOST_ROWS, "65536");
      assertThat(layers(whole, Precision.BF16, 65536)).isEqualTo(4);
      assertThat(layers(whole, Precision.BF16, 81920)).isZero();
      System.setProperty(Tower.MOST_ROWS, "0");
      assertThat(layers(whole, Precision.BF16, 16)).isZero();
      System.setProperty(Tower.MOST_ROWS, "many");
      assertThatThrownBy(() -> layers(whole, Precision.BF16, 16))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("-Dmlora.cuda.tower-rows=many is no number of rows; correct or leave it out");
    } finally {
      System.clearProperty(Tower.MOST_ROWS);
    }
  }

  @Test
  void modelsWithMoreThanLayersBelowTheLogitHaveNone() {
    Network twoBranches =
        new RandomProblem(
                ModelSpec.defaults().withModel("wdl").withHidden(List.of(16, 8)), 0, 0.3, 1, 10)
            .network;
    assertThat(layers(twoBranches, Precision.BF16, 48)).isZero();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5})
  void gradientsAreThoseOfTheCpuBackend(double dropout) {
    for (long seed = 0; seed < 4; seed++) {
      RandomProblem problem = problem(seed, dropout, 32, 16, 8);
      assertSameGradients(problem, Map.of());
    }
  }

  @Test
  void gradientsAreThoseOfTheCpuBackendWhereFieldsAreLookedUpInTheLaunch() {
    for (long seed = 0; seed < 4; seed++) {
      assertSameGradients(problemOfIds("mlp", 8, seed), Map.of());
    }
  }

  @Test
  void givenMasksAreThoseOfTheCpuBackend() {
    RandomProblem problem = problem(1, 0.5, 24, 8);
    Map<Integer, byte[]> masks = new TreeMap<>();
    for (Op op : problem.network.ops()) {
      if (op instanceof Op.Dense dense && dense.dropout() > 0) {
        byte[] keep = new byte[Trained.ROWS * dense.out().width()];
        IntStream.range(0, keep.length).forEach(i -> keep[i] = (byte) (i * 7919 % 5 < 2 ? 1 : 0));
        masks.put(dense.stream(), keep);
      }
    }
    assertSameGradients(problem, masks);
  }

  private static void assertSameGradients(RandomProblem problem, Map<Integer, byte[]> masks) {
    Map<String, double[]> cuda = gradients(TestDevice.backend(Precision.BF16), problem, masks);
    Map<String, double[]> cpu = gradients(Cpu.require(1), problem, masks);
    // Small gradients are what is left of large ones that nearly cancel.
    cpu.forEach(
        (name, want) -> assertThat(distance(cuda.get(name), want)).as(name).isLessThan(0.3));
    assertThat(distance(all(cuda), all(cpu))).isLessThan(0.05);
  }

  private static double[] all(Map<String, double[]> gradients) {
    return gradients.values().stream().flatMapToDouble(Arrays::stream).toArray();
  }

  /** Relative to the length of what is expected. */
  private static double distance(double[] actual, double[] expected) {
    double off = 0;
    double size = 1e-6;
    for (int i = 0; i < expected.length; i++) {
      off += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      size += expected[i] * expected[i];
    }
    return Math.sqrt(off / size);
  }

  private static Map<String, double[]> gradients(
      Backend backend, RandomProblem problem, Map<Integer, byte[]> masks) {
    Map<String, double[]> all = new TreeMap<>();
    try (backend;
        Engine engine = backend.compile(problem.network);
        Session.Resident data = engine.load(problem.columns)) {
      problem.fill(engine);
      engine.optimize(problem.optimization(ADAM, 0));
      masks.forEach(engine::fixDropout);
      int[] rows = IntStream.range(0, Trained.ROWS).map(i -> i * 7 % Trained.ROWS).toArray();
      all.put("loss", new double[] {engine.gradients(data, rows, true)});
      for (Parameter p : problem.network.parameters()) {
        if (p.trained()) {
          all.put(p.name(), Numbers.read(engine, p, Engine.Slot.GRADIENT));
        }
      }
      all.put("logits", Numbers.logits(engine, data));
    }
    return all;
  }

  @Test
  void trainsAsTheCpuBackendDoes() {
    trainsAsTheCpuBackendDoes(problem(3, 0.3, 32, 16, 8));
    trainsAsTheCpuBackendDoes(problemOfIds("mlp", 8, 3));
  }

  private static void trainsAsTheCpuBackendDoes(RandomProblem problem) {
    for (Optimization how : List.of(problem.optimization(ADAM, 1e-3), problem.partial(ADAM))) {
      Trained cuda = Trained.on(TestDevice.backend(Precision.BF16), problem, how, 30);
      Trained cpu = Trained.on(Cpu.require(1), problem, how, 30);
      assertThat(Numbers.relativeError(cuda.losses(), cpu.losses(), 0.1)).isLessThan(0.02);
      assertThat(cuda.auc(problem) - cpu.auc(problem)).isBetween(-0.02, 0.02);
    }
  }
}
