package org.mlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.InvalidInputException;

class RunFolderTest {
  @TempDir Path folder;

  @Test
  void refusesASecondTrainingInTheSameFolder() {
    Path run = folder.resolve("run");
    try (RunFolder first = RunFolder.create(run)) {
      assertThat(first.best()).isEmpty();
      assertThatThrownBy(() -> RunFolder.create(run))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("in use by another training");
    }
    RunFolder.create(run).close();
  }

  @Test
  void leavesNothingBehindWhenNothingWasSaved() {
    Path run = folder.resolve("run");
    try (RunFolder started = RunFolder.create(run)) {
      started.writeConfig(JsonNodeFactory.instance.objectNode());
      started.appendMetrics(JsonNodeFactory.instance.objectNode().put("epoch", 1));
    }
    assertThat(run).doesNotExist();
  }

  @Test
  void refusesAndLeavesFilesThatNoRunWrote() throws IOException {
    Path config = Files.writeString(folder.resolve("config.json"), "{\"lr\": 0.1}");
    Path metrics = Files.writeString(folder.resolve("metrics.jsonl"), "mine");
    assertThatThrownBy(() -> RunFolder.create(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is not empty (it has config.json, which no run wrote)");
    assertThatThrownBy(() -> RunFolder.resume(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("holds no run");
    assertThat(config).hasContent("{\"lr\": 0.1}");
    assertThat(metrics).hasContent("mine");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(config, metrics);
    }
  }

  @Test
  void beginsAnewWhereARunWasKilledBeforeItsFirstCheckpoint() throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    for (String left : List.of(".lock", "config.json", "metrics.jsonl", ".config.json.part-1.2")) {
      Files.writeString(run.resolve(left), "{\"epoch\":1}\n");
    }
    try (RunFolder anew = RunFolder.create(run)) {
      anew.appendMetrics(JsonNodeFactory.instance.objectNode().put("epoch", 7));
      assertThat(run.resolve("metrics.jsonl")).hasContent("{\"epoch\":7}");
    }
  }

  @Test
  void dropsMetricsAheadOfTheStateAndATornLine() throws IOException {
    Path run = folder.resolve("run");
    try (RunFolder started = RunFolder.create(run)) {
      for (int epoch = 1; epoch <= 3; epoch++) {
        started.appendMetrics(JsonNodeFactory.instance.objectNode().put("epoch", epoch));
      }
      Path metrics = run.resolve("metrics.jsonl");
      Files.writeString(metrics, "{\"epoch\":4,\"domain\":\"", StandardOpenOption.APPEND);
      Files.write(metrics, new byte[] {(byte) 0xE6}, StandardOpenOption.APPEND); // of three
      started.keepMetrics(2);
      assertThat(Files.readAllLines(metrics)).containsExactly("{\"epoch\":1}", "{\"epoch\":2}");
    }
  }

  @Test
  void saysThatAFolderHoldsNoModel() {
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("holds no trained model");
    assertThatThrownBy(() -> Checkpoint.open(folder.resolve("absent")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("no such folder");
  }
}
