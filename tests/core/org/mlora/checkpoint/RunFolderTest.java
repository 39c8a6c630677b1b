package org.mlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.store.Manifest;
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
  void aTrainingThatWasStoppedBeforeItsFirstModelIsToldFromAFolderOfRuns() throws IOException {
    Path state = SmallModel.save(folder.resolve("stopped/last"), SmallModel.SPEC, 9);
    Files.writeString(state.resolve("optimizer.safetensors"), "");
    Manifest.of(state, "mlora-model", 1).write(state);
    Path run = folder.resolve("stopped");
    assertThatThrownBy(() -> Checkpoint.open(run))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("stopped has no model yet")
        .hasMessageContaining("--resume");
    assertThatThrownBy(() -> Checkpoint.open(state).vocabularies())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("last is what a training goes on from, not a model")
        .hasMessageContaining("stopped has no model yet");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("holds no trained model");
    SmallModel.save(folder.resolve("whole/best"), SmallModel.SPEC, 9);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("holds several runs; name one of them, such as")
        .hasMessageContaining("whole");
  }

  @Test
  void keepsMetricsOfAnEpochWhoseLineHasNoEnd() throws IOException {
    Path run = folder.resolve("run");
    Path metrics = run.resolve("metrics.jsonl");
    try (RunFolder started = RunFolder.create(run)) {
      Files.writeString(metrics, "{\"domain\":\"\u65e5\",\"epoch\":1}\n{\"epoch\":2,\"v\":[{}]}");
      started.keepMetrics(2);
      started.appendMetrics(JsonNodeFactory.instance.objectNode().put("epoch", 3));
      assertThat(Files.readAllLines(metrics))
          .containsExactly(
              "{\"domain\":\"\u65e5\",\"epoch\":1}", "{\"epoch\":2,\"v\":[{}]}", "{\"epoch\":3}");
      started.keepMetrics(0);
      assertThat(metrics).isEmptyFile();
    }
  }

  @Test
  void aModelThatMayNotBeReadIsNotMistakenForNone() throws IOException {
    Path best = SmallModel.save(folder.resolve("run/best"), SmallModel.SPEC, 9);
    Files.setPosixFilePermissions(best, Set.of());
    try {
      assumeFalse(Files.isReadable(best.resolve("model.json")), "permissions bind this user");
      assertThatThrownBy(() -> Checkpoint.open(folder.resolve("run")))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("permission denied");
    } finally {
      Files.setPosixFilePermissions(best, PosixFilePermissions.fromString("rwx------"));
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
