package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.checkpoint.SafeTensors;
import org.mlora.checkpoint.TensorInfo;
import org.mlora.cli.terminal.Interruption;

/** From raw tables to a model with one domain more, by commands alone. */
class OnboardTest {
  @TempDir static Path folder;

  @BeforeAll
  static void trainWithoutToys() throws IOException {
    Files.writeString(path("raw.csv"), TestData.csv(6000, "books", "games", "music", "toys"));
    prepare("all").requireDone();
    prepare("known", "--exclude-domain", "toys").requireDone();
    CommandRun.of(
            "train",
            "--device=reference",
            "--quiet",
            "--data",
            path("known"),
            "--hidden=16",
            "--embedding-dim=4",
            "--alpha=4",
            "--lr=5e-3",
            "--batch=64",
            "--dropout=0",
            "--epochs=6",
            "--out",
            path("run"))
        .requireDone();
  }

  private static Path path(String name) {
    return folder.resolve(name);
  }

  private static CommandRun prepare(String out, String... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            "prepare",
            "csv",
            "--quiet",
            "--input",
            path("raw.csv"),
            "--label=rating>=4",
            "--domain-column=shop",
            "--fields=user,item",
            "--out",
            path(out)));
  }

  private static CommandRun onboard(Interruption interruption, String out, String... more) {
    return CommandRun.with(
        "",
        interruption,
        Fixture.words(
            more,
            "onboard",
            "--device=reference",
            "--quiet",
            "--model",
            path("run"),
            "--data",
            path("all"),
            "--domain",
            "toys",
            "--out",
            path(out)));
  }

  @Test
  void beatsTheFallbackAndLeavesAllElseBitIdentical() throws IOException {
    JsonNode result =
        new ObjectMapper()
            .readTree(onboard(new Interruption(), "grown", "--json").requireDone().out());
    for (String split : List.of("validation", "test")) {
      double before = result.path(split).path("before").path("auc").asDouble();
      double after = result.path(split).path("after").path("auc").asDouble();
      System.out.printf("%s: fallback AUC %.4f, onboarded %.4f%n", split, before, after);
      assertThat(after).as(split).isGreaterThan(before + 0.02);
      assertThat(result.path(split).path("rows").asInt()).isEqualTo(300);
    }
    long values = assertKnownValuesAreSame();
    assertThat(result.path("unchanged").path("parameters").asLong()).isEqualTo(values);
    assertThat(result.path("unchanged").path("predictions").asLong()).isEqualTo(6000);
    assertOtherPredictionsAreSame();
  }

  /** Every tensor of the old file stands at the beginning of that of the new file. */
  private static long assertKnownValuesAreSame() {
    String file = "best/weights.safetensors";
    long values = 0;
    long more = 0;
    try (SafeTensors old = SafeTensors.open(path("run").resolve(file));
        SafeTensors grown = SafeTensors.open(path("grown").resolve(file))) {
      assertThat(grown.tensors().keySet()).isEqualTo(old.tensors().keySet());
      for (Map.Entry<String, TensorInfo> tensor : old.tensors().entrySet()) {
        FloatBuffer before = old.map(tensor.getKey());
        FloatBuffer after = grown.map(tensor.getKey());
        values += before.remaining();
        more += after.remaining() - before.remaining();
        assertThat(after.slice(0, before.remaining())).as(tensor.getKey()).isEqualTo(before);
      }
    }
    assertThat(more).isPositive();
    return values;
  }

  private static void assertOtherPredictionsAreSame() throws IOException {
    Map<String, List<String>> before = predictions("run");
    Map<String, List<String>> after = predictions("grown");
    assertThat(before.keySet()).containsExactly("books", "games", "music", "toys");
    for (String shop : List.of("books", "games", "music")) {
      assertThat(after.get(shop)).as(shop).isEqualTo(before.get(shop)).hasSize(1500);
    }
    assertThat(after.get("toys")).isNotEqualTo(before.get("toys"));
  }

  /** Lines that {@code predict} wrote, by shop. */
  private static Map<String, List<String>> predictions(String model) throws IOException {
    Path out = path(model + ".csv");
    CommandRun.of(
            "predict",
            "--device=reference",
            "--quiet",
            "--unknown-domain=fallback",
            "--model",
            path(model),
            "--input",
            path("raw.csv"),
            "--out",
            out)
        .requireDone();
    return Files.readAllLines(out).stream()
        .skip(1)
        .collect(
            Collectors.groupingBy(line -> line.split(",")[2], TreeMap::new, Collectors.toList()));
  }

  @Test
  void anInterruptionLeavesNothing() {
    Interruption interruption = new Interruption();
    interruption.request();
    CommandRun run = onboard(interruption, "none");
    assertThat(run.code()).isEqualTo(130);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("interrupted; " + path("run") + " is as it was");
    assertThat(path("none")).doesNotExist();
  }

  @Test
  void cannotBeResumedAsATraining() {
    onboard(new Interruption(), "twice", "--epochs=1", "--lr=1e-4").requireDone();
    CommandRun.of("train", "--quiet", "--data", path("known"), "--out", path("twice"), "--resume")
        .requireOneLine(List.of("twice holds no run"));
  }
}
