package org.mlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.error.InvalidInputException;
import org.mlora.serve.MloraModel;

/** What a model is saved over. */
class SavedFolderTest {
  @TempDir Path folder;

  @Test
  void modelsSavedToOneFolderAtOnceLeaveOneOfThemWhole() throws Exception {
    Path target = SmallModel.save(folder.resolve("model"), SmallModel.SPEC, 9);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int writer = 0; writer < 3; writer++) {
        all.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 20; i++) {
                    SmallModel.save(target, SmallModel.SPEC, 9);
                  }
                }));
      }
      all.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 100; i++) {
                  Checkpoint.open(target);
                }
              }));
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
    Checkpoint.open(target);
    try (Stream<Path> children = Files.list(folder)) {
      assertThat(children).containsExactly(target);
    }
  }

  @Test
  void aFolderThatHoldsAnythingButAModelStays() throws IOException {
    Path target = SmallModel.save(folder.resolve("model"), SmallModel.SPEC, 9);
    Path mine = Files.writeString(target.resolve("notes.txt"), "mine");
    refused(target, "model holds notes.txt, which is no part of what would be replaced");
    assertThat(mine).hasContent("mine");

    Path project = Files.createDirectory(folder.resolve("project"));
    Files.writeString(project.resolve("model.json"), "{}");
    refused(project, "project is not replaced");
    assertThat(project.resolve("model.json")).hasContent("{}");
  }

  @Test
  void aTrainingDoesNotGoOnWhereItsCheckpointsHoldAnythingElse() throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    SmallModel.save(run.resolve("last"), SmallModel.SPEC, 9);
    Path best = SmallModel.save(run.resolve("best"), SmallModel.SPEC, 9);
    Path mine = Files.writeString(best.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> RunFolder.resume(run).close())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("best holds notes.txt");
    assertThat(mine).hasContent("mine");
  }

  @Test
  void aModelIsSavedBehindALink() throws IOException {
    Path target = SmallModel.save(folder.resolve("of-monday"), SmallModel.SPEC, 9);
    Path link = Files.createSymbolicLink(folder.resolve("current"), Path.of("of-monday"));
    SmallModel.save(link, SmallModel.SPEC, 11);
    assertThat(link).isSymbolicLink();
    assertThat(Checkpoint.open(target).checksum()).isEqualTo(Checkpoint.open(link).checksum());
    assertThat(Checkpoint.open(target).model().schema().fields().get(0))
        .hasFieldOrPropertyWithValue("idCount", 11);
  }

  @Test
  void aNewModelDoesNotReplaceWhatCameMeanwhile() throws IOException {
    Path target = SmallModel.save(folder.resolve("model"), SmallModel.SPEC, 9);
    String before = Checkpoint.open(target).checksum();
    Path dangling = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
    try (MloraModel model = MloraModel.open(target, new ReferenceBackend())) {
      assertThatThrownBy(() -> model.saveNew(target))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("model exists already; choose another folder");
      assertThatThrownBy(() -> model.saveNew(dangling))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("link is a link to a folder that is not there");
    }
    assertThat(Checkpoint.open(target).checksum()).isEqualTo(before);
    try (Stream<Path> children = Files.list(folder)) {
      assertThat(children).containsExactlyInAnyOrder(target, dangling);
    }
  }

  private static void refused(Path target, String says) {
    assertThatThrownBy(() -> SmallModel.save(target, SmallModel.SPEC, 9))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(says);
  }
}
