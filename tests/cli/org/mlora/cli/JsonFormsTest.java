package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With {@code --json}, standard output holds one document of the promised form, and no more. */
class JsonFormsTest {
  private static final List<String> EVALUATION =
      List.of("split", "rows", "wauc", "mean_auc", "log_loss", "pcoc", "ece", "domains");
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  @TempDir static Path folder;

  private static Fixture fixture;

  @BeforeAll
  static void trainOnce() {
    fixture = Fixture.create(folder);
  }

  private static JsonNode json(CommandRun run) throws IOException {
    assertThat(run.code()).as(run.toString()).isZero();
    return JSON.readTree(run.out());
  }

  private static List<String> keys(JsonNode json) {
    List<String> keys = new ArrayList<>();
    json.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private static void requireEvaluation(JsonNode json) {
    assertThat(keys(json)).isEqualTo(EVALUATION);
    assertThat(json.path("domains")).hasSize(2);
    long rows = 0;
    for (JsonNode domain : json.path("domains")) {
      assertThat(keys(domain))
          .containsExactly("domain", "rows", "positives", "auc", "log_loss", "pcoc");
      rows += domain.path("rows").asLong();
    }
    assertThat(rows).isEqualTo(json.path("rows").asLong()).isPositive();
  }

  @Test
  void evaluate() throws IOException {
    JsonNode json =
        json(
            CommandRun.of(
                "evaluate",
                "--device=reference",
                "--json",
                "--split=validation",
                "--model",
                fixture.path("run"),
                "--data",
                fixture.path("data")));
    requireEvaluation(json);
    assertThat(json.path("split").asText()).isEqualTo("validation");
  }

  @Test
  void compare() throws IOException {
    JsonNode json =
        json(
            CommandRun.of(
                Fixture.words(
                    Fixture.SMALL,
                    "compare",
                    "--json",
                    "--seeds=2",
                    "--data",
                    fixture.path("data"))));
    assertThat(keys(json)).containsExactly("runs", "difference", "chosen");
    assertThat(keys(json.path("chosen"))).containsExactly("adapters", "summary", "difference");
    List<String> order = new ArrayList<>();
    for (JsonNode run : json.path("runs")) {
      assertThat(keys(run))
          .containsExactly(
              "adapter", "seed", "epochs", "seconds", "samples_per_s", "validation", "test");
      requireEvaluation(run.path("test"));
      order.add(run.path("adapter").asText() + " " + run.path("seed").asInt());
    }
    assertThat(order).containsExactlyInAnyOrder("none 1", "mlora 1", "none 2", "mlora 2");
    JsonNode difference = json.path("difference");
    assertThat(keys(difference)).containsExactly("wauc", "mean_auc", "log_loss", "pcoc", "ece");
    for (JsonNode metric : difference) {
      assertThat(keys(metric)).containsExactly("mean", "ci95");
      assertThat(metric.path("ci95")).hasSize(2);
      assertThat(metric.path("ci95").get(0).asDouble())
          .isLessThanOrEqualTo(metric.path("mean").asDouble());
    }
  }

  @Test
  void train() throws IOException {
    JsonNode json = json(fixture.train("--json", "--out", fixture.path("other")));
    assertThat(keys(json))
        .containsExactly(
            "run",
            "adapter",
            "seed",
            "epochs",
            "best_epoch",
            "best_phase",
            "seconds",
            "samples_per_s",
            "validation",
            "test",
            "report");
    requireEvaluation(json.path("test"));
    assertThat(Path.of(json.path("report").asText())).isRegularFile();
  }

  @Test
  void trainingsOfSeveralSeeds() throws IOException {
    JsonNode json = json(fixture.train("--json", "--seeds=2", "--out", fixture.path("several")));
    assertThat(keys(json)).containsExactly("run", "adapter", "runs", "summary", "report");
    assertThat(json.path("runs")).hasSize(2);
    assertThat(keys(json.path("summary").path("wauc"))).containsExactly("mean", "sd");
  }

  @Test
  void doctorAndInspect() throws IOException {
    assertThat(keys(json(CommandRun.of("doctor", "--json")))).contains("mlora", "problems");
    JsonNode model = json(CommandRun.of("inspect", "--json", "--model", fixture.path("run")));
    assertThat(model.path("parameters").path("total").asLong()).isPositive();
    JsonNode data = json(CommandRun.of("inspect", "--json", "--data", fixture.path("data")));
    assertThat(data.path("rows").path("train").asInt()).isPositive();
  }
}
