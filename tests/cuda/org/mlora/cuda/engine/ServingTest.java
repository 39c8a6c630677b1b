package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.checkpoint.ModelFile;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gpu.TestDevice;
import org.mlora.data.UnknownDomain;
import org.mlora.data.Vocabularies;
import org.mlora.serve.MloraModel;
import org.mlora.serve.PredictionBatch;
import org.mlora.serve.Predictor;
import org.mlora.testing.Cpu;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.RandomProblem;

/** A predictor on the device beside one on the CPU. */
@ExtendWith(NoNativeLeaks.class)
class ServingTest {
  private static final int CAPACITY = 100;
  private static final int LONGEST = 40;

  /** Fields: id, mean, sum, number, frozen, tuned; lists of the second and the third. */
  private final RandomProblem problem = new RandomProblem("mlp", 8, 1, 0);

  private record Row(int[] ids, float[] numbers, int[][] lists, int domain) {}

  private Row row(Random random) {
    int longest = 1 + random.nextInt(LONGEST);
    int[][] lists = {
      random.ints(random.nextInt(longest), 0, 6).toArray(),
      random.ints(random.nextInt(longest), 0, 4).toArray()
    };
    int[] ids = {random.nextInt(5), random.nextInt(4), random.nextInt(5)};
    int domain = random.nextInt(problem.schema.domains().size() + 1) - 1;
    return new Row(ids, new float[] {(float) random.nextGaussian()}, lists, domain);
  }

  private Predictor predictor(Backend backend) {
    Engine engine = backend.compile(problem.network);
    problem.fill(engine);
    ModelFile file =
        new ModelFile(problem.spec, problem.schema, "", JsonNodeFactory.instance.objectNode());
    Vocabularies none = new Vocabularies(Map.of());
    return new Predictor(new MloraModel(file, none, engine), UnknownDomain.FALLBACK);
  }

  /** Batches of other sizes one after the other, whose lists outgrow their room meanwhile. */
  private List<Float> predictions(Backend backend) {
    Random random = new Random(11);
    List<Float> all = new ArrayList<>();
    try (Predictor predictor = predictor(backend);
        PredictionBatch batch = predictor.batch(CAPACITY)) {
      for (int rows : new int[] {3, 1, CAPACITY, 17, 40, 1, CAPACITY, 2}) {
        for (int i = 0; i < rows; i++) {
          Row row = row(random);
          batch.set(i, row.ids(), row.numbers(), row.lists(), row.domain());
        }
        var probabilities = batch.predict(rows);
        for (int i = 0; i < rows; i++) {
          all.add(probabilities.get(i));
        }
      }
    }
    return all;
  }

  @Test
  void batchesOfAnySizeArePredictedAsOnTheCpu() {
    try (Backend device = TestDevice.backend(Precision.FP32);
        Backend cpu = Cpu.require(1)) {
      List<Float> expected = predictions(cpu);
      List<Float> actual = predictions(device);
      assertThat(actual).hasSameSizeAs(expected);
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i)).as("row %d", i).isCloseTo(expected.get(i), within(1e-5f));
      }
      assertThat(Set.copyOf(expected)).as("rows differ").hasSizeGreaterThan(expected.size() / 2);
    }
  }
}
