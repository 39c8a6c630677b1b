package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.model.Initializers;
import org.mlora.model.ModelSpec;
import org.mlora.network.Initializer;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class EmbeddingCheckTest {
  private static final ModelSpec SPEC = TrainerTest.SPEC.withEmbeddingL2(1e-4);
  private static final ModelSpec SMALL =
      SPEC.withInitializers(startingWith(new Initializer.Normal(1e-4)));

  // So slow that embeddings stay as small as they start.
  private static final TrainingConfig CONFIG =
      TrainerTest.CONFIG.withOptimizer(TrainingConfig.adam(1e-7)).withMaxEpochs(1);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  @Test
  void tellsThatAPenaltyHasDrawnAllEmbeddingsToZero() {
    assertThat(warnings(SMALL))
        .singleElement()
        .asString()
        .contains("1.0E-4", "embeddings", "--embedding-l2");
  }

  @Test
  void saysNothingWhereEmbeddingsAreAlive() {
    assertThat(warnings(SPEC)).isEmpty();
  }

  @Test
  void tellsThatAPenaltyHasDrawnRareIdsToZero() {
    TrainingConfig epoch =
        TrainerTest.CONFIG.withOptimizer(TrainingConfig.adam(1e-3)).withMaxEpochs(1);
    assertThat(warnings(SPEC.withEmbeddingL2(1e-3), epoch.withBatch(1), 32))
        .singleElement()
        .asString()
        .contains("% of the rows of 'emb_uid'", "--embedding-l2 0", "mlora tune");
    assertThat(warnings(SPEC, epoch, 4000)).isEmpty();
  }

  @Test
  void saysNothingWhereNoPenaltyIsOnThem() {
    assertThat(warnings(SMALL.withEmbeddingL2(0))).isEmpty();
  }

  private static Initializers startingWith(Initializer embedding) {
    Initializers others = Initializers.defaults();
    return new Initializers(
        embedding,
        others.weight(),
        others.adapterA(),
        others.adapterB(),
        others.adapterC(),
        others.head());
  }

  private List<String> warnings(ModelSpec spec) {
    return warnings(spec, CONFIG, 100);
  }

  private List<String> warnings(ModelSpec spec, TrainingConfig config, int rows) {
    List<String> warnings = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void warned(String what) {
            warnings.add(what);
          }
        };
    try (Dataset data =
            Clicks.dataset(folder.resolve("data" + rows), List.of("toys", "books"), rows);
        TrainingResult result = new Trainer(spec, config, backend, listener).train(data)) {
      assertThat(result.stopped()).isFalse();
    }
    return warnings;
  }
}
