package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.store.FolderTree;

class ResumeTest {
  @TempDir static Path folder;

  private static Fixture fixture;

  @BeforeAll
  static void trainOnce() {
    fixture = Fixture.create(folder);
  }

  @Test
  void aRunThatWasCutOffBeforeItHadAConfigurationBeginsAnew() throws IOException {
    Path runs = fixture.path("runs");
    Files.createFile(Files.createDirectories(runs.resolve("none-seed-1")).resolve(".lock"));
    CommandRun run =
        CommandRun.of(
            Fixture.words(
                Fixture.SMALL,
                "compare",
                "--seeds=1",
                "--resume",
                "--data",
                fixture.path("data"),
                "--out",
                runs));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(runs.resolve("none-seed-1/config.json")).exists();
  }

  @Test
  void aTrainingThatWasCutOffBeforeItHadAConfigurationBeginsAnewByTheCommandThatResumes()
      throws IOException {
    Path out = fixture.path("cut");
    Files.createFile(Files.createDirectories(out).resolve(".lock"));
    CommandRun run = resumed("cpu", out);
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(out.resolve("best/model.json")).exists();
  }

  @Test
  void aRunThatLostItsBestModelIsNotGoneOnWith() {
    Path out = fixture.path("robbed");
    assertThat(fixture.train("--out", out).code()).isZero();
    FolderTree.delete(out.resolve("best"));
    fixture
        .train("--out", out, "--resume")
        .requireOneLine(List.of("best is missing", "epoch 1", "put it back"));
  }

  @Test
  void settingsThatGiveNoNetworkAreNamedWithTheirFile() {
    Path out = fixture.path("edited");
    assertThat(fixture.train("--out", out).code()).isZero();
    byte[] config = Spoiled.replaced(fixture.read("edited/config.json"), "[ 4 ]", "[ 2000000000 ]");
    fixture.write("edited/config.json", config);
    resumed("reference", out)
        .requireOneLine(List.of(out + "/config.json: parameter 'W0'", "too large"));
  }

  private static CommandRun resumed(String device, Path out) {
    return CommandRun.of(
        "train",
        "--device",
        device,
        "--quiet",
        "--resume",
        "--data",
        fixture.path("data"),
        "--out",
        out);
  }

  @Test
  void theReportOfAResumedRunTellsTheSettingsOfTheRun() throws IOException {
    Path out = fixture.path("seventh");
    assertThat(fixture.train("--seed", "7", "--lr", "0.0625", "--out", out).code()).isZero();
    CommandRun resumed = resumed("reference", out);
    assertThat(resumed.code()).as(resumed.toString()).isZero();
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("mlora train, seed 7", "0.0625");
  }
}
