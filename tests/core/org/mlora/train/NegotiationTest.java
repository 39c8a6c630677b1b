package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Initialization;
import org.mlora.model.Models;
import org.mlora.network.Parameter;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;

/** Domain negotiation: theta + rate (theta after an epoch over the domains - theta). */
@ExtendWith(NoNativeLeaks.class)
class NegotiationTest {
  private static final TrainingConfig ONE_EPOCH =
      TrainerTest.CONFIG.withBatching(Batching.SINGLE_DOMAIN).withMaxEpochs(1);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  @Test
  void goesAPartOfTheWayOfAPlainEpoch() {
    try (Dataset data =
            Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 400);
        Engine start = backend.compile(Models.build(TrainerTest.SPEC, data.schema()));
        TrainingResult whole = train(ONE_EPOCH, data);
        TrainingResult part = train(ONE_EPOCH.withOuterRate(0.25), data)) {
      Initialization.fill(start, ONE_EPOCH.seed(), data::pretrained);
      boolean moved = false;
      for (Parameter p : start.network().parameters()) {
        double[] from = Numbers.read(start, p, Engine.Slot.VALUE);
        double[] to = Numbers.read(whole.model().engine(), p, Engine.Slot.VALUE);
        double[] expected = new double[from.length];
        for (int i = 0; i < from.length; i++) {
          expected[i] = from[i] + 0.25 * (to[i] - from[i]);
          moved |= Math.abs(to[i] - from[i]) > 1e-3;
        }
        assertThat(Numbers.read(part.model().engine(), p, Engine.Slot.VALUE))
            .as(p.name())
            .containsExactly(expected, Offset.offset(1e-6));
      }
      assertThat(moved).isTrue();
    }
  }

  @Test
  void stillLearns() {
    TrainingConfig config =
        TrainerTest.CONFIG.withBatching(Batching.SINGLE_DOMAIN).withOuterRate(0.3);
    try (Dataset data =
            Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 400);
        TrainingResult result = train(config, data)) {
      assertThat(result.model().evaluate(data, Split.TEST).meanAuc()).isGreaterThan(0.7);
    }
  }

  private TrainingResult train(TrainingConfig config, Dataset data) {
    return new Trainer(TrainerTest.SPEC, config, backend).train(data);
  }

  @Test
  void ratesOutOfTheirRangeAreNamed() {
    for (double rate : new double[] {0, -1, 1.5, Double.NaN}) {
      assertThatThrownBy(() -> ONE_EPOCH.withOuterRate(rate))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("outer rate");
    }
  }
}
