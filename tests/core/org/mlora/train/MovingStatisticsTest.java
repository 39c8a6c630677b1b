package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.network.Parameter;
import org.mlora.serve.MloraModel;
import org.mlora.testing.Buffers;
import org.mlora.testing.NoNativeLeaks;

/** Statistics that steps move are part of what is saved, resumed and kept. */
@ExtendWith(NoNativeLeaks.class)
class MovingStatisticsTest {
  private static final ModelSpec SPEC =
      TrainerTest.SPEC
          .withAdapter(new AdapterSpec.None())
          .withModel("star")
          .withOptions(Map.of("norm", "partitioned"));
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(3).withPatience(2);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  @Test
  void aResumedRunEndsWithTheBitsOfAnUninterruptedOne() {
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("run");
    try (Dataset data = Clicks.dataset(folder.resolve("data"), List.of("toys", "books"), 2000)) {
      AtomicInteger steps = new AtomicInteger();
      new Trainer(SPEC, CONFIG, new HookedBackend(backend, steps::set)).train(data, whole).close();
      TrainingConfig often = CONFIG.withCheckpointSteps(3);
      dieBefore(steps.get() / 2, often, trainer -> trainer.train(data, run));
      dieBefore(steps.get() / 4, often, trainer -> trainer.resume(data, run));
      new Trainer(SPEC, CONFIG, backend).resume(data, run).close();
      assertThat(Bytes.ofRun(run)).isEqualTo(Bytes.ofRun(whole));
    }
  }

  private void dieBefore(
      int step, TrainingConfig config, Function<Trainer, TrainingResult> training) {
    try {
      training.apply(new Trainer(SPEC, config, HookedBackend.dyingBefore(step, backend))).close();
    } catch (HookedBackend.Died e) {
      assertThat(e).hasNoCause();
    }
  }

  @Test
  void aNewDomainGetsItsOwnAndLeavesTheOthersToTheBit() {
    Path run = folder.resolve("run");
    Path grown = folder.resolve("grown");
    List<String> all = List.of("toys", "books", "music");
    try (Dataset known = Clicks.dataset(folder.resolve("known"), all.subList(0, 2), 2000);
        Dataset more = Clicks.dataset(folder.resolve("more"), all, 2000)) {
      new Trainer(SPEC, CONFIG, backend).train(known, run).close();
      new Onboarding(CONFIG, backend, new TrainingListener() {})
          .run(run, more, "music", grown)
          .close();
      try (MloraModel before = MloraModel.open(run, backend);
          MloraModel after = MloraModel.open(grown, backend)) {
        assertThat(Preservation.of(before, after, more).difference()).isEmpty();
        assertThat(rowsSeen(after, 0)).isEqualTo(rowsSeen(before, 0)).isGreaterThan(100);
        assertThat(rowsSeen(after, 2)).isGreaterThan(100);
      }
    }
  }

  private static float rowsSeen(MloraModel model, int domain) {
    Parameter moving = model.network().parameter("domain_norm_moving").orElseThrow();
    FloatBuffer count = Buffers.floats(1L);
    model.engine().read(moving, Engine.Slot.VALUE, (long) domain * moving.rowSize(), count);
    return count.get(0);
  }

  @Test
  void negotiationTakesWeightsBackButNotWhatWasSeen() {
    TrainingConfig part = CONFIG.withMaxEpochs(1).withOuterRate(0.5);
    try (Dataset data = Clicks.dataset(folder.resolve("data"), List.of("toys", "books"), 2000)) {
      new Trainer(SPEC, part, backend).train(data, folder.resolve("part")).close();
      new Trainer(SPEC, part.withOuterRate(1), backend)
          .train(data, folder.resolve("whole"))
          .close();
      try (MloraModel back = MloraModel.open(folder.resolve("part"), backend);
          MloraModel whole = MloraModel.open(folder.resolve("whole"), backend)) {
        assertThat(rowsSeen(back, 0)).isEqualTo(rowsSeen(whole, 0)).isGreaterThan(100);
      }
    }
  }
}
