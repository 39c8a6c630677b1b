package org.mlora.random;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PythonRandomTest {
  @Test
  void givesTheNumbersOfPython() {
    PythonRandom random = new PythonRandom(123);
    assertThat(random.random()).isEqualTo(0.052363598850944326);
    assertThat(random.random()).isEqualTo(0.08718667752263232);
    assertThat(random.random()).isEqualTo(0.4072417636703983);
    assertThat(new PythonRandom(0).random()).isEqualTo(0.8444218515250481);
  }

  @Test
  void goesOnAsPythonDoesWhenItsStateIsUsedUp() {
    PythonRandom random = new PythonRandom(2026);
    double last = 0;
    for (int i = 0; i < 2000; i++) {
      last = random.random();
    }
    assertThat(last).isEqualTo(0.49026643737308795);
  }
}
