package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DivergedTrainingTest {
  @TempDir Path folder;

  @Test
  void endsWithCodeOneAndOneLineThatNamesStepRowsAndRemedy() {
    Fixture fixture = Fixture.create(folder);
    var before = fixture.listing();
    CommandRun run =
        fixture.train(
            "--out", fixture.path("new"), "--optimizer", "sgd", "--lr", "1e38", "--batch", "16");
    assertThat(run.code()).as(run.toString()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.errorLines()).as(run.toString()).hasSize(1);
    assertThat(run.err())
        .contains("mlora: the loss became", "in epoch 1", "step", "rows of '", "nothing was saved")
        .contains("lower the learning rate")
        .doesNotContain("Exception", "\tat ");
    assertThat(fixture.listing()).isEqualTo(before);
  }
}
