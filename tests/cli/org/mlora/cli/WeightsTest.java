package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table whose rows weigh 1 and 3, and the same table with the heavy rows three times. */
class WeightsTest {
  @TempDir static Path shared;
  @TempDir Path temporary;

  private static Fixture fixture;

  @BeforeAll
  static void trainOnWeightedRows() {
    fixture = new Fixture(shared);
    List<String> lines = TestData.csv(600).lines().toList();
    StringBuilder weighted = new StringBuilder(lines.get(0)).append(",part,weight\n");
    StringBuilder repeated = new StringBuilder(lines.get(0)).append(",part\n");
    for (int i = 1; i < lines.size(); i++) {
      int weight = i % 4 == 0 ? 3 : 1;
      String row = lines.get(i) + "," + i % 5 % 3;
      weighted.append(row).append(',').append(weight).append('\n');
      repeated.append((row + "\n").repeat(weight));
    }
    fixture.write("weighted.csv", weighted.toString());
    fixture.write("repeated.csv", repeated.toString());
    prepare("weighted", "data", "--weight-column", "weight").requireDone();
    prepare("repeated", "repeated").requireDone();
    fixture.train("--out", fixture.path("run")).requireDone();
  }

  private static CommandRun prepare(String table, String out, Object... more) {
    return fixture.prepare(table + ".csv", out, Fixture.words(more, "--split-column", "part"));
  }

  private static CommandRun like(Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            "prepare",
            "csv",
            "--like",
            fixture.path("run"),
            "--input",
            fixture.path("weighted.csv")));
  }

  private static JsonNode evaluated(String data) throws IOException {
    return new ObjectMapper().readTree(fixture.withModel("evaluate", data).requireDone().out());
  }

  /** Up to the rounding of stored weights, which are shares of their mean. */
  @Test
  void metricsOfWeightedRowsAreThoseOfRepeatedOnes() throws IOException {
    JsonNode weighted = evaluated("data");
    JsonNode repeated = evaluated("repeated");
    for (String metric : List.of("wauc", "mean_auc", "log_loss", "pcoc", "ece")) {
      assertThat(weighted.path(metric).asDouble())
          .as(metric)
          .isCloseTo(repeated.path(metric).asDouble(), within(1e-6));
    }
    assertThat(weighted.path("rows").asInt()).isLessThan(repeated.path("rows").asInt());
  }

  @Test
  void theWeightColumnIsNamedWhereTheDataIsDescribed() throws IOException {
    CommandRun inspected = CommandRun.of("inspect", "--data", fixture.path("data"));
    assertThat(inspected.requireDone().out()).contains("rows count by weight");
    CommandRun model = CommandRun.of("inspect", "--model", fixture.path("run"));
    assertThat(model.requireDone().out()).contains("rows count by weight");
    assertThat(Files.readString(fixture.path("run").resolve("report.html")))
        .contains("Row weights <strong>weight</strong>");
  }

  @Test
  void rowsPreparedLikeAModelOfWeightedOnesAreSaidToCountTheSame() {
    CommandRun without = like("--out", temporary.resolve("without"));
    assertThat(without.requireDone().err())
        .contains("the rows of --like count as 'weight' says", "--weight-column");
    CommandRun with = like("--out", temporary.resolve("with"), "--weight-column", "weight");
    assertThat(with.requireDone().err()).doesNotContain("--weight-column");
  }

  @Test
  void aModelUpdatedWithWeightedRowsIsOneOfThem() {
    Path plain = temporary.resolve("plain");
    Path updated = temporary.resolve("updated");
    fixture.train("--data", fixture.path("repeated"), "--out", plain).requireDone();
    fixture
        .withModel("update", "data", "--epochs=1", "--model", plain, "--out", updated)
        .requireDone();
    assertThat(like("--like", updated, "--out", temporary.resolve("more")).requireDone().err())
        .contains("count as 'weight' says");
  }

  @Test
  void theLayoutOfThePublishedCodeHasNoPlaceForThem() {
    CommandRun run =
        CommandRun.of(
            "prepare",
            "reference",
            "--export",
            "--input",
            fixture.path("data"),
            "--out",
            temporary.resolve("layout"));
    run.requireOneLine(List.of("no place for row weights", "without --weight-column"));
    assertThat(temporary.resolve("layout")).doesNotExist();
  }
}
