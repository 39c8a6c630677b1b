package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.metric.Evaluation;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.testing.Cpu;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class ThreadsTest {
  /** Batches of so many rows that each of four threads has its share. */
  private static final int BATCH = 512;

  @TempDir Path folder;

  static Stream<Arguments> trainings() {
    AdapterSpec.Mlora mlora = new AdapterSpec.Mlora(2);
    AdapterSpec mixed = new AdapterSpec.MoeMlora(mlora, 0, AdapterSpec.MoeMlora.Gate.SAMPLE);
    return Stream.of(Batching.values())
        .flatMap(
            batching ->
                Stream.of(
                    Arguments.of(new AdapterSpec.None(), batching, Phases.JOINT),
                    Arguments.of(mlora, batching, Phases.JOINT),
                    Arguments.of(mlora, batching, Phases.PRETRAIN_FINETUNE),
                    Arguments.of(mixed, batching, Phases.PRETRAIN_SPECIALIZE_GATE)));
  }

  @ParameterizedTest
  @MethodSource("trainings")
  void anyNumberOfThreadsTrainsToTheSameBits(
      AdapterSpec adapter, Batching batching, Phases phases) {
    ModelSpec spec =
        TrainerTest.SPEC.withHidden(List.of(64, 32)).withDropout(0.3).withAdapter(adapter);
    TrainingConfig config =
        TrainerTest.CONFIG.withBatch(BATCH).withBatching(batching).withPhases(phases);
    try (Dataset data =
        Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 3000)) {
      Trained one = train(1, spec, config, data);
      assertThat(one.test().meanAuc()).isGreaterThan(0.6);
      for (int threads = 2; threads <= 4; threads++) {
        Trained more = train(threads, spec, config, data);
        assertThat(more.sums()).as("%d threads", threads).isEqualTo(one.sums());
        assertThat(more.test()).as("%d threads", threads).isEqualTo(one.test());
      }
    }
  }

  private record Trained(Object sums, Evaluation test) {}

  private Trained train(int threads, ModelSpec spec, TrainingConfig config, Dataset data) {
    Path run = folder.resolve("run" + threads);
    try (CpuBackend backend = Cpu.require(threads);
        TrainingResult result = new Trainer(spec, config, backend).train(data, run)) {
      return new Trained(Bytes.ofRun(run), result.model().evaluate(data, Split.TEST));
    }
  }
}
