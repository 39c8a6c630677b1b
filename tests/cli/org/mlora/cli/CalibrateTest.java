package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrateTest {
  @TempDir static Path folder;

  private static Fixture fixture;

  @BeforeAll
  static void trainOnce() {
    fixture = Fixture.create(folder);
    CommandRun plain = fixture.train("--calibration", "none", "--out", fixture.path("plain"));
    assertThat(plain.code()).as(plain.toString()).isZero();
  }

  private static CommandRun calibrate(String model, String out, Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            "calibrate",
            "--device",
            "reference",
            "--model",
            fixture.path(model),
            "--data",
            fixture.path("data"),
            "--out",
            fixture.path(out)));
  }

  private static JsonNode evaluation(String model, String split) throws IOException {
    CommandRun run =
        CommandRun.of(
            "evaluate",
            "--device=reference",
            "--json",
            "--split",
            split,
            "--model",
            fixture.path(model),
            "--data",
            fixture.path("data"));
    assertThat(run.code()).as(run.toString()).isZero();
    return new ObjectMapper().readTree(run.out());
  }

  private static String inspect(String model) {
    return CommandRun.of("inspect", "--model", fixture.path(model)).out();
  }

  @Test
  void tellsWhatItBroughtAndSavesTheCalibratedModel() throws IOException {
    CommandRun run = calibrate("plain", "lines", "--json");
    assertThat(run.code()).as(run.toString()).isZero();
    JsonNode told = new ObjectMapper().readTree(run.out());
    assertThat(told.path("calibration").asText()).isEqualTo("by-domain");
    for (String split : new String[] {"validation", "test"}) {
      assertThat(told.path(split).path("before")).isEqualTo(evaluation("plain", split));
      assertThat(told.path(split).path("after")).isEqualTo(evaluation("lines", split));
    }
    JsonNode fitted = told.path("validation");
    assertThat(fitted.path("after").path("log_loss").asDouble())
        .isLessThan(fitted.path("before").path("log_loss").asDouble());
    assertThat(fitted.path("after").path("wauc").asDouble())
        .isCloseTo(fitted.path("before").path("wauc").asDouble(), within(1e-6));
    assertThat(inspect("lines")).contains("calibration: by-domain");
  }

  @ParameterizedTest
  @ValueSource(strings = {"by-domain", "global", "none"})
  void trainingCalibratesAsItIsAsked(String scope) {
    CommandRun run =
        fixture.train("--calibration", scope, "--out", fixture.path("trained-" + scope));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(inspect("trained-" + scope)).contains("calibration: " + scope);
  }

  @Test
  void takesACalibrationAway() throws IOException {
    CommandRun run = calibrate("run", "raw", "--calibration", "none");
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out()).contains("validation", "test", "log loss before");
    assertThat(inspect("run")).contains("calibration: by-domain");
    assertThat(inspect("raw")).contains("calibration: none");
    assertThat(evaluation("raw", "test")).isEqualTo(evaluation("plain", "test"));
  }

  @Test
  void leavesAFolderThatIsThereAlone() {
    CommandRun run = calibrate("plain", "run");
    assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).contains("exists already");
  }
}
