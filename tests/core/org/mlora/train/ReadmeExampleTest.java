package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.UnknownDomain;
import org.mlora.metric.Evaluation;
import org.mlora.model.ModelSpec;
import org.mlora.serve.Predictor;
import org.mlora.testing.NoNativeLeaks;

/** The main job in Java, as the README shows it. */
@ExtendWith(NoNativeLeaks.class)
class ReadmeExampleTest {
  @TempDir Path folder;

  @Test
  void trainsEvaluatesSavesAndPredicts() {
    Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 2500).close();
    ModelSpec spec = ModelSpec.defaults();
    TrainingConfig config = TrainingConfig.defaults().withBatch(256);

    // README: begin
    try (Dataset data = Dataset.open(folder.resolve("data"));
        Backend cpu = new CpuBackend();
        TrainingResult training =
            new Trainer(spec, config, cpu).train(data, folder.resolve("run"))) {
      Evaluation test = training.model().evaluate(data, Split.TEST);
      training.model().save(folder.resolve("model"));

      try (Predictor model = Predictor.open(folder.resolve("model"), cpu, UnknownDomain.FALLBACK)) {
        float ctr = model.predict(new int[] {17, 4}, model.domain("toys"));
        // README: end
        assertThat(test.wauc()).isGreaterThan(0.75);
        assertThat(ctr).isBetween(0f, 1f);
      }
    }
  }
}
