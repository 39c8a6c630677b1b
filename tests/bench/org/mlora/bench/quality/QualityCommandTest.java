package org.mlora.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.bench.Libtorch;
import org.mlora.bench.peer.Torch;
import org.mlora.data.Dataset;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.synthetic.SyntheticClicks;
import org.mlora.data.synthetic.SyntheticParameters;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Comparison;

/** The same trainings by both sides, on a few rows. */
class QualityCommandTest {
  @TempDir Path folder;

  @BeforeAll
  static void natives() {
    Libtorch.assumePresent();
  }

  @Test
  void bothSidesLearn() {
    SyntheticParameters clicks =
        new SyntheticParameters(1, 20_000, 3, 10, 20, 4, 1, 1, 1, 1, 0.5, 0.5, 0.2, 0.2, 0.4);
    new SyntheticClicks(clicks).write(folder.resolve("data"), false);
    Torch.useThreads(1);
    try (Dataset data = Dataset.open(folder.resolve("data"));
        CpuBackend backend = new CpuBackend(1)) {
      QualityReport report =
          QualityCommand.compare(data, backend, List.of(1L, 2L), "here", line -> {});
      for (Comparison side : List.of(report.ours(), report.peer())) {
        assertThat(side.runs()).hasSize(4);
        assertThat(side.runs()).allSatisfy(run -> assertThat(run.test().wauc()).isGreaterThan(0.7));
      }
      assertThat(report.toText()).contains("here", "none", "mlora", "PyTorch");
      assertThat(report.toJson().at("/peer/runs").size()).isEqualTo(4);
    }
  }

  @Test
  void refusesFieldsThePeerDoesNotKnow() {
    Field price = new Field.Numeric("price", new Field.NumberRule.Raw(), OptionalInt.empty());
    Field user =
        new Field.Categorical("user", 5, new Field.IdRule.Vocabulary(), OptionalInt.empty());
    Schema schema = new Schema("click", "click", "shop", List.of("a"), List.of(user, price));
    assertThatThrownBy(() -> new TorchMlp(schema, "none", 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'price' is not categorical");
  }
}
