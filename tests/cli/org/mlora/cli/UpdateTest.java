package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.cli.terminal.Interruption;
import org.mlora.data.store.FileDigest;

/** A model that learns from the rows of a second day, by commands alone. */
class UpdateTest {
  @TempDir static Path folder;

  @BeforeAll
  static void trainOnTheFirstDay() throws IOException {
    List<String> rows = Arrays.asList(TestData.csv(6000, "books", "games", "music").split("\n"));
    Files.writeString(path("monday.csv"), table(rows, "u2", "music"));
    Files.write(path("tuesday.csv"), rows);
    prepare("monday").requireDone();
    prepare("tuesday").requireDone();
    CommandRun.of(
            "train",
            "--device=reference",
            "--quiet",
            "--data",
            path("monday"),
            "--hidden=16",
            "--embedding-dim=4",
            "--alpha=4",
            "--lr=5e-3",
            "--batch=64",
            "--dropout=0",
            "--epochs=3",
            "--phases=joint",
            "--out",
            path("run"))
        .requireDone();
  }

  /** The rows without users whose name begins with a text, and without a shop. */
  private static String table(List<String> rows, String users, String shop) {
    StringBuilder text = new StringBuilder();
    rows.stream()
        .filter(row -> !row.startsWith(users) && !row.contains("," + shop + ","))
        .forEach(row -> text.append(row).append('\n'));
    return text.toString();
  }

  private static Path path(String name) {
    return folder.resolve(name);
  }

  private static CommandRun prepare(String day) {
    return CommandRun.of(
        "prepare",
        "csv",
        "--quiet",
        "--input",
        path(day + ".csv"),
        "--label=rating>=4",
        "--domain-column=shop",
        "--fields=user,item",
        "--out",
        path(day));
  }

  private static CommandRun update(Interruption interruption, String out, Object... more) {
    return CommandRun.with(
        "",
        interruption,
        Fixture.words(
            more,
            "update",
            "--device=reference",
            "--quiet",
            "--model",
            path("run"),
            "--data",
            path("tuesday"),
            "--out",
            path(out)));
  }

  @Test
  void saysWhatIsNewAndWhatItBrought() throws IOException {
    String before = FileDigest.sha256(path("run/best/weights.safetensors"));
    JsonNode result =
        new ObjectMapper()
            .readTree(update(new Interruption(), "json", "--json").requireDone().out());
    assertThat(result.path("new").path("domains").toString()).isEqualTo("[\"music\"]");
    assertThat(result.path("new").path("ids").toString()).isEqualTo("{\"user\":11}");
    assertThat(result.path("best_epoch").asInt()).isPositive();
    for (String split : List.of("validation", "test")) {
      JsonNode part = result.path(split);
      double old = part.path("before").path("wauc").asDouble();
      double now = part.path("after").path("wauc").asDouble();
      System.out.printf("%s: WAUC %.4f, updated %.4f%n", split, old, now);
      assertThat(now).as(split).isGreaterThan(old + 0.05);
      assertThat(part.path("before").path("rows")).isEqualTo(part.path("after").path("rows"));
    }
    assertThat(FileDigest.sha256(path("run/best/weights.safetensors"))).isEqualTo(before);
    CommandRun.of(
            "predict",
            "--device=reference",
            "--quiet",
            "--model",
            path("json"),
            "--input",
            path("tuesday.csv"),
            "--out",
            path("scored.csv"))
        .requireDone();
  }

  @Test
  void theTextNamesTheSame() {
    assertThat(update(new Interruption(), "text", "--epochs=1").requireDone().out())
        .contains("WAUC before", "validation", "test", "new domains: music", "new ids: user 11")
        .contains("1 epoch (best: 1)")
        .endsWith("run: " + path("text") + "\n");
  }

  @Test
  void interruptedItGoesOnToTheSameBits() {
    update(new Interruption(), "whole", "--epochs=2", "--lr=1e-3").requireDone();
    Interruption interruption = new Interruption();
    interruption.request();
    CommandRun stopped = update(interruption, "stopped", "--epochs=2", "--lr=1e-3");
    assertThat(stopped.code()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(stopped.out()).isEmpty();
    assertThat(stopped.err())
        .contains("checkpoint: " + path("stopped").resolve("last"), "resume with: mlora update ");
    update(new Interruption(), "stopped", "--resume").requireDone();
    for (String file : List.of("best/weights.safetensors", "last/optimizer.safetensors")) {
      assertThat(FileDigest.sha256(path("stopped").resolve(file)))
          .isEqualTo(FileDigest.sha256(path("whole").resolve(file)));
    }
  }

  @Test
  void badInputIsToldInOneLine() throws IOException {
    Files.writeString(
        path("others.csv"), "user,shop,rating\n" + "u1,books,5\nu2,books,1\n".repeat(20));
    CommandRun.of(
            "prepare",
            "csv",
            "--quiet",
            "--input",
            path("others.csv"),
            "--label=rating>=4",
            "--domain-column=shop",
            "--fields=user",
            "--out",
            path("others"))
        .requireDone();
    Interruption none = new Interruption();
    update(none, "new", "--model", path("none")).requireOneLine(List.of("none", "mlora train"));
    update(none, "new", "--data", path("others"))
        .requireOneLine(List.of("no field 'item'", "the fields are user"));
    update(none, "new", "--resume").requireOneLine(List.of("no update to resume", "--resume"));
    update(none, "run").requireOneLine(List.of("run already holds a run", "--resume"));
    update(none, "run", "--resume").requireOneLine(List.of("run was started with"));
    update(none, "monday").requireOneLine(List.of("monday is not empty"));
    assertThat(path("new")).doesNotExist();
  }
}
