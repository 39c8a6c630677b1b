package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultLinesTest {
  @TempDir static Path folder;

  private static Fixture fixture;

  @BeforeAll
  static void trainOnce() {
    fixture = Fixture.create(folder);
  }

  @Test
  void aComparisonOfOneSeedSaysWhoseCostsItGives() {
    CommandRun run =
        CommandRun.of(
            Fixture.words(
                Fixture.SMALL, "compare", "--seeds", "1", "--data", fixture.path("data")));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out().lines())
        .anyMatch(line -> line.matches("none: \\d+ epochs? \\(best: .*"))
        .anyMatch(line -> line.matches("mlora: \\d+ epochs? \\(best: .*"));
  }

  @Test
  void theChoiceOfAdaptersIsToldByTheMetricThatMadeIt() {
    CommandRun run =
        fixture.train("--early-stop", "log-loss", "--out", fixture.path("by-log-loss"));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out()).contains("by validation (best log loss 0.").doesNotContain("best WAUC");
  }
}
