package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.cli.terminal.Interruption;

class ReproduceTest {
  @TempDir static Path folder;
  private static Fixture fixture;

  @BeforeAll
  static void makeData() {
    fixture = Fixture.create(folder);
    fixture.write("more.csv", TestData.csv(200, "books", "games", "music"));
    assertThat(fixture.prepare("more.csv", "other").code()).isZero();
  }

  private static Object[] words(String out, Object... more) {
    return Fixture.words(
        more,
        Fixture.words(
            Fixture.SMALL,
            "reproduce",
            "--data",
            fixture.path("data") + "," + fixture.path("other"),
            "--models",
            "mlp,wdl",
            "--seeds",
            2,
            "--out",
            fixture.path(out)));
  }

  private static CommandRun reproduce(String out, Object... more) {
    return CommandRun.of(words(out, more));
  }

  /** When each checkpoint of a table was written. */
  private static Map<String, FileTime> checkpoints(String out) throws IOException {
    Map<String, FileTime> times = new TreeMap<>();
    try (Stream<Path> files = Files.walk(fixture.path(out))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (file.endsWith("last/weights.safetensors")) {
          times.put(fixture.path(out).relativize(file).toString(), Files.getLastModifiedTime(file));
        }
      }
    }
    return times;
  }

  @Test
  void writesTheTableOfAllModelsOnAllDataSets() throws IOException {
    CommandRun run = reproduce("table");
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("WAUC mlora", "95 % interval", "mean of 2 models", "table.md");
    List<String> csv = Files.readAllLines(fixture.path("table/table.csv"));
    assertThat(csv).hasSize(1 + 2 * 3);
    assertThat(csv.get(1)).startsWith("data,mlp,2,0.");
    assertThat(csv.get(3)).startsWith("data,mean of 2 models,2,0.");
    assertThat(csv.get(5)).startsWith("other,wdl,2,0.");
    assertThat(Files.readString(fixture.path("table/table.md"))).contains("| other | wdl | 0.");
    assertThat(Files.readString(fixture.path("table/report.html")))
        .contains("Uplift in test WAUC on other", "</html>");
    assertThat(fixture.path("table/data/wdl/report.html")).isRegularFile();
    assertThat(fixture.path("table/data/wdl/comparison.json")).isRegularFile();
  }

  @Test
  void itsNumbersAreThoseOfCompare() throws IOException {
    assertThat(reproduce("same").code()).isZero();
    CommandRun compared =
        CommandRun.of(
            Fixture.words(
                Fixture.SMALL,
                "compare",
                "--data",
                fixture.path("data"),
                "--model=wdl",
                "--seeds=2",
                "--json"));
    ObjectMapper json = new ObjectMapper();
    JsonNode kept = json.readTree(fixture.path("same/data/wdl/comparison.json").toFile());
    assertThat(kept.path("difference")).isEqualTo(json.readTree(compared.out()).path("difference"));
    assertThat(kept.path("difference").path("wauc").path("mean").isNumber()).isTrue();
  }

  @Test
  void whatCompareSaysThatValidationChoosesIsWhatTrainKeeps() throws IOException {
    ObjectMapper json = new ObjectMapper();
    Object[] settings = {"--data", fixture.path("data"), "--model=wdl", "--seeds=4", "--json"};
    Object[] small = Fixture.words(Fixture.SMALL, settings);
    CommandRun compared = CommandRun.of(Fixture.words(small, "compare"));
    CommandRun trained =
        CommandRun.of(Fixture.words(small, "train", "--out", fixture.path("chosen-by-train")));
    JsonNode chosen = json.readTree(compared.out()).path("chosen");
    JsonNode kept = json.readTree(trained.out());
    assertThat(chosen.path("summary").path("wauc").path("mean").isNumber()).isTrue();
    assertThat(kept.path("summary")).isEqualTo(chosen.path("summary"));
    for (int i = 0; i < 4; i++) {
      assertThat(kept.path("runs").path(i).path("best_phase").asText())
          .isEqualTo(chosen.path("adapters").path(i).asText().equals("none") ? "control" : "joint");
    }
  }

  @Test
  void addedParametersAreThoseOfTheAdapters() throws IOException {
    CommandRun run = reproduce("sizes", "--json");
    JsonNode first = new ObjectMapper().readTree(run.out()).path("entries").path(0);
    // Two domains; the layer maps 3 embeddings of width 2 to 4 units with rank 1: A, B and c.
    assertThat(first.path("model").asText()).isEqualTo("mlp");
    assertThat(first.path("parameters_added").asLong()).isEqualTo(2 * (6 + 4 + 4));
  }

  @Test
  void allAreTheNineBaseModelsOfThePaper() throws IOException {
    CommandRun run =
        reproduce("all", "--models", "all", "--data", fixture.path("data"), "--seeds", 1);
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out()).contains("mean of 9 models");
    List<String> csv = Files.readAllLines(fixture.path("all/table.csv"));
    assertThat(csv.stream().skip(1).map(line -> line.split(",")[1]))
        .containsExactly(
            "mlp",
            "wdl",
            "nfm",
            "autoint",
            "pnn",
            "deepfm",
            "dcn",
            "xdeepfm",
            "fibinet",
            "mean of 9 models");
  }

  @Test
  void goesOnWithoutRepeatingAFinishedRun() throws IOException {
    assertThat(reproduce("twice", "--seeds", 1, "--models", "mlp").code()).isZero();
    Map<String, FileTime> before = checkpoints("twice");
    assertThat(before).hasSize(2 * 2);
    CommandRun more = reproduce("twice");
    assertThat(more.code()).as(more.toString()).isZero();
    Map<String, FileTime> after = checkpoints("twice");
    assertThat(after).hasSize(2 * 2 * 2 * 2).containsAllEntriesOf(before);
    assertThat(Files.readAllLines(fixture.path("twice/table.csv"))).hasSize(1 + 2 * 3);
  }

  @Test
  void interruptedItEndsWith130AndSaysHowToGoOn() {
    Interruption interruption = new Interruption();
    interruption.request();
    CommandRun run = CommandRun.with("", interruption, words("stopped"));
    assertThat(run.code()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(run.err()).contains("interrupted", "the same command goes on");
    assertThat(reproduce("stopped").code()).isZero();
  }

  @Test
  void anotherRecipeIsRefusedByItsFlag() {
    assertThat(reproduce("recipe", "--models", "mlp", "--seeds", 1).code()).isZero();
    reproduce("recipe", "--models", "mlp", "--seeds", 1, "--lr", "0.5")
        .requireOneLine(List.of("was begun with --lr 0.001, not 0.5"));
  }

  @Test
  void itsRecipeIsAConfigFileOfTrain() {
    Object[] flags = {"--models", "mlp", "--seeds", 1, "--dropout", "0.25", "--lazy-adam"};
    assertThat(reproduce("kept", flags).code()).isZero();
    CommandRun run =
        CommandRun.of(
            "train",
            "--config",
            fixture.path("kept/recipe.json"),
            "--quiet",
            "--device=reference",
            "--data",
            fixture.path("data"),
            "--out",
            fixture.path("by-recipe"));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(new String(fixture.read("by-recipe/config.json"))).contains("0.25", "\"stay\"");
  }

  @Test
  void otherFoldersAndModelsAreRefused() {
    reproduce("data").requireOneLine(List.of("exists and was not begun by this command"));
    reproduce("new", "--models", "star").requireOneLine(List.of("'star'", "takes adapters", "wdl"));
    reproduce("new", "--models", "mlp,mlp").requireOneLine(List.of("twice"));
    String twice = fixture.path("data") + "," + fixture.path("data");
    reproduce("new", "--data", twice).requireOneLine(List.of("two folders called 'data'"));
  }
}
