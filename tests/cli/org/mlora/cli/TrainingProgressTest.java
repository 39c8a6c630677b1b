package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrainingProgressTest {
  @Test
  void theTimeLeftHasNoSixtiethSecond() {
    assertThat(TrainingProgress.left(Double.NaN)).isEqualTo("ETA ?");
    assertThat(TrainingProgress.left(0.2)).isEqualTo("ETA 1 s");
    assertThat(TrainingProgress.left(59.2)).isEqualTo("ETA 1 min 00 s");
    assertThat(TrainingProgress.left(119.7)).isEqualTo("ETA 2 min 00 s");
    assertThat(TrainingProgress.left(3661)).isEqualTo("ETA 61 min 01 s");
  }
}
