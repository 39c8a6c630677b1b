package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.cli.terminal.Interruption;
import org.mlora.train.Tuner;

class TuneTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;
  private static Fixture fixture;

  @BeforeAll
  static void makeData() {
    fixture = Fixture.create(folder);
  }

  private static Object[] words(String out, Object... more) {
    return Fixture.words(
        more,
        Fixture.words(
            Fixture.SMALL,
            "tune",
            "--data",
            fixture.path("data"),
            "--candidates",
            4,
            "--out",
            fixture.path(out)));
  }

  private static CommandRun tune(String out, Object... more) {
    return CommandRun.of(words(out, more));
  }

  private static JsonNode record(String out) throws IOException {
    return JSON.readTree(fixture.path(out).resolve(Tuner.RECORD).toFile());
  }

  @Test
  void theBestCandidateByValidationBecomesTheRecipe() throws IOException {
    CommandRun run = tune("my tuned");
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out())
        .contains(
            "validation WAUC",
            "recipe: ",
            "train with it: mlora train",
            "--config '" + fixture.path("my tuned/recipe.json") + "'");
    JsonNode record = record("my tuned");
    assertThat(record.path("results")).hasSize(4 + 2);
    JsonNode best = record.path("begun").path("candidates").path(record.path("best").asInt());
    JsonNode recipe = JSON.readTree(fixture.path("my tuned/recipe.json").toFile());
    assertThat(recipe.path("alpha").asInt()).isEqualTo(best.path("alpha").asInt());
    assertThat(recipe.path("dropout").asDouble()).isEqualTo(best.path("dropout").asDouble());
    assertThat(recipe.path("embedding-l2").asDouble())
        .isEqualTo(best.path("embedding_l2").asDouble());
    assertThat(recipe.path("adapter-l2").asDouble()).isEqualTo(best.path("adapter_l2").asDouble());
    assertThat(recipe.path("adapter-lr").asDouble() / best.path("learning_rate").asDouble())
        .isEqualTo(best.path("adapter_rate_scale").asDouble());
    assertThat(recipe.path("lr").asDouble()).isEqualTo(best.path("learning_rate").asDouble());
    try (Stream<Path> left = Files.list(fixture.path("my tuned"))) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("tuning.json", "recipe.json");
    }
  }

  @Test
  void theTableHasTheBetterOfEquallyTriedCandidatesFirst() {
    CommandRun run = tune("listed", "--candidates", 6);
    assertThat(run.code()).as(run.toString()).isZero();
    List<String[]> rows =
        run.out()
            .lines()
            .skip(2)
            .takeWhile(line -> !line.startsWith("recipe"))
            .filter(line -> !line.isBlank())
            .map(line -> line.strip().split("\\s+"))
            .toList();
    assertThat(rows).hasSize(6).allSatisfy(row -> assertThat(row[1]).matches("\\d+"));
    for (int i = 2; i < rows.size(); i++) {
      String[] before = rows.get(i - 1);
      String[] row = rows.get(i);
      int seeds = Integer.compare(Integer.parseInt(row[6]), Integer.parseInt(before[6]));
      assertThat(seeds).isNotPositive();
      if (seeds == 0) {
        assertThat(Double.parseDouble(row[7])).isLessThanOrEqualTo(Double.parseDouble(before[7]));
      }
    }
  }

  @Test
  void aTrainingByTheRecipeHasTheResultThatWasRecorded() throws IOException {
    assertThat(tune("recorded").code()).isZero();
    JsonNode record = record("recorded");
    double recorded = Double.NaN;
    for (JsonNode result : record.path("results")) {
      if (result.path("candidate").asInt() == record.path("best").asInt()
          && result.path("seed").asInt() == 1) {
        recorded = result.path("validation").asDouble();
      }
    }
    Path recipe = fixture.path("recorded/recipe.json");
    CommandRun run =
        CommandRun.of(
            "train",
            "--config",
            recipe,
            "--phases=joint",
            "--quiet",
            "--device=reference",
            "--data",
            fixture.path("data"),
            "--out",
            fixture.path("by-recipe"));
    assertThat(run.code()).as(run.toString()).isZero();
    JsonNode epoch =
        JSON.readTree(Files.readAllLines(fixture.path("by-recipe/metrics.jsonl")).get(0));
    assertThat(epoch.path("validation").path("wauc").asDouble()).isEqualTo(recorded);
  }

  @Test
  void labelsOfTestRowsChangeNothing() throws IOException {
    JsonNode[] results = new JsonNode[2];
    for (int flipped = 0; flipped < 2; flipped++) {
      String name = "flipped" + flipped;
      fixture.write(name + ".csv", parted(flipped == 1));
      CommandRun prepared = fixture.prepare(name + ".csv", name, "--split-column", "part");
      assertThat(prepared.code()).as(prepared.toString()).isZero();
      CommandRun run = tune(name + "-tuned", "--data", fixture.path(name));
      assertThat(run.code()).as(run.toString()).isZero();
      results[flipped] = record(name + "-tuned").path("results");
    }
    assertThat(results[0]).hasSize(6).isEqualTo(results[1]);
  }

  /** Rows of three parts; the ratings of test rows can be turned round. */
  private static String parted(boolean flip) {
    Random random = new Random(3);
    StringBuilder text = new StringBuilder("user,item,shop,rating,part\n");
    for (int row = 0; row < 300; row++) {
      int part = row % 5 < 3 ? 0 : row % 5 - 2;
      boolean liked = random.nextBoolean() ^ (flip && part == 2);
      text.append(
          "u%d,i%d,%s,%d,%d%n"
              .formatted(
                  random.nextInt(9),
                  random.nextInt(9),
                  row % 2 == 0 ? "a" : "b",
                  liked ? 5 : 1,
                  part));
    }
    return text.toString();
  }

  @Test
  void stoppedItGoesOnToTheSameRecord() throws IOException {
    assertThat(tune("whole").code()).isZero();
    JsonNode whole = record("whole");
    assertThat(tune("cut").code()).isZero();
    // As it was after its third training.
    JsonNode cut = record("cut");
    ArrayNode results = (ArrayNode) cut.path("results");
    IntStream.of(5, 4, 3).forEach(results::remove);
    Files.writeString(fixture.path("cut/tuning.json"), cut.toString());
    Interruption interruption = new Interruption();
    interruption.request();
    CommandRun stopped = CommandRun.with("", interruption, words("cut"));
    assertThat(stopped.code()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(stopped.err()).contains("trainings that ended are recorded");
    assertThat(record("cut").path("results")).hasSize(3);
    assertThat(tune("cut").code()).isZero();
    assertThat(record("cut")).isEqualTo(whole);
  }

  @Test
  void otherSettingsAreRefusedInTheSameFolder() {
    assertThat(tune("one").code()).isZero();
    tune("one", "--lr", "0.1").requireOneLine(List.of("tuning.json", "begun with other settings"));
    tune("data").requireOneLine(List.of("data exists and holds no search"));
  }

  @Test
  void anEmptyFolderIsTaken() throws IOException {
    Files.createDirectory(fixture.path("empty"));
    assertThat(tune("empty", "--candidates", 1).code()).isZero();
    assertThat(record("empty").path("results")).isEmpty();
  }

  @Test
  void aRecipeOfPhasesAndQuirksIsReadBack() {
    assertThat(tune("phased", "--phases", "joint", "--compat", "rollback").code()).isZero();
    CommandRun run =
        CommandRun.of(
            "train",
            "--device=reference",
            "--quiet",
            "--data",
            fixture.path("data"),
            "--config",
            fixture.path("phased/recipe.json"),
            "--out",
            fixture.path("by-phases"));
    assertThat(run.code()).as(run.toString()).isZero();
  }

  @Test
  void aCandidateThatDivergesIsTheWorstAndEndsNoSearch() throws IOException {
    Object[] wild = {"--optimizer", "sgd", "--lr", "1e30", "--batch", "16", "--epochs", "3"};
    CommandRun run = tune("wild", wild);
    assertThat(run.code()).as(run.toString()).isZero();
    JsonNode record = record("wild");
    JsonNode results = record.path("results");
    assertThat(results.findValues("validation")).anyMatch(JsonNode::isNull);
    JsonNode best = record.path("best");
    for (JsonNode result : results) {
      assertThat(result.path("candidate").equals(best) && result.path("validation").isNull())
          .isFalse();
    }
  }

  @Test
  void withoutAdaptersTheRecipeHasNone() throws IOException {
    CommandRun run = tune("plain", "--adapter", "none", "--json");
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(JSON.readTree(run.out()).path("recipe").asText()).endsWith("recipe.json");
    JsonNode recipe = JSON.readTree(fixture.path("plain/recipe.json").toFile());
    assertThat(recipe.has("adapter-lr")).isFalse();
    assertThat(recipe.has("model")).isFalse();
  }

  @Test
  void theTableTunesBothSettings() throws IOException {
    CommandRun run =
        CommandRun.of(
            Fixture.words(
                Fixture.SMALL,
                "reproduce",
                "--data",
                fixture.path("data"),
                "--models=mlp",
                "--seeds=2",
                "--tune=3",
                "--out",
                fixture.path("table")));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(record("table/data/mlp/tuning-none").path("results")).hasSize(3 + 2);
    JsonNode record = record("table/data/mlp/tuning-mlora");
    JsonNode best = record.path("begun").path("candidates").path(record.path("best").asInt());
    JsonNode used = JSON.readTree(fixture.path("table/data/mlp/mlora-seed-2/config.json").toFile());
    assertThat(used.path("model").path("dropout").asDouble())
        .isEqualTo(best.path("dropout").asDouble());
    assertThat(used.path("training").path("adapter_rate_scale").asDouble())
        .isEqualTo(best.path("adapter_rate_scale").asDouble());
    assertThat(Files.readString(fixture.path("table/table.md"))).contains("tuned on validation");
  }
}
