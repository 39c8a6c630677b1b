package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data sets that a model fits, but that are not what they seem. */
class OtherDataTest {
  @TempDir static Path folder;

  private static Fixture fixture;

  @BeforeAll
  static void trainOnce() {
    fixture = Fixture.create(folder);
  }

  private static CommandRun withModel(String command, String data, Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            command,
            "--device=reference",
            "--model",
            fixture.path("run"),
            "--data",
            fixture.path(data)));
  }

  @Test
  void anotherLabelOrDomainColumnIsPointedOut() {
    assertThat(fixture.prepare("raw.csv", "dislikes", "--label", "rating<4").code()).isZero();
    String label = "mlora: warning: the label of the data is 'rating<4', that of the model";
    CommandRun evaluated = withModel("evaluate", "dislikes");
    assertThat(evaluated.code()).as(evaluated.toString()).isZero();
    assertThat(evaluated.err()).contains(label + " 'rating>=4'", "--like");
    CommandRun updated =
        withModel("update", "dislikes", "--epochs", 1, "--out", fixture.path("updated"));
    assertThat(updated.code()).as(updated.toString()).isZero();
    assertThat(updated.err()).contains(label);
    assertThat(withModel("evaluate", "data").err()).doesNotContain("warning");
  }

  @Test
  void resultsOfValidationRowsAreCalledSo() throws IOException {
    assertThat(fixture.prepare("raw.csv", "untested", "--split", "70/30/0").code()).isZero();
    CommandRun run =
        CommandRun.of(
            Fixture.words(
                Fixture.SMALL,
                "compare",
                "--seeds=2",
                "--data",
                fixture.path("untested"),
                "--out",
                fixture.path("compared")));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out()).contains("validation metric", "; validation WAUC ");
    String report = Files.readString(fixture.path("compared").resolve("report.html"));
    assertThat(report).contains("Validation WAUC, ", "Validation AUC by domain");
    assertThat(report).doesNotContain("Test WAUC", "Test AUC", "Test metrics");
  }
}
