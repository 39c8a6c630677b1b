package org.mlora.data.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.InvalidInputException;

class AtomicFolderTest {
  private static final AtomicFolder.Kind KIND =
      new AtomicFolder.Kind("mark", folder -> Set.of("sub/own")::contains, "choose another");

  @TempDir Path parent;

  private Path target() {
    return parent.resolve("target");
  }

  private AtomicFolder begin(boolean overwrite, String content) throws IOException {
    AtomicFolder folder = AtomicFolder.begin(target(), overwrite, KIND);
    fill(folder.path(), content);
    return folder;
  }

  private static void fill(Path folder, String content) throws IOException {
    Files.writeString(folder.resolve("mark"), content);
    Files.writeString(Files.createDirectories(folder.resolve("sub")).resolve("own"), content);
  }

  private void assertNothingElseIsLeft() throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      assertThat(children).containsExactly(target());
    }
  }

  @Test
  void whatCameUnderTheNameWhileItWasFilledStays() throws IOException {
    try (AtomicFolder folder = begin(false, "new")) {
      Files.writeString(Files.createDirectory(target()).resolve("notes.txt"), "mine");
      assertThatThrownBy(folder::commit)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("exists already");
    }
    assertThat(target().resolve("notes.txt")).hasContent("mine");
    assertNothingElseIsLeft();
  }

  @Test
  void onlyAFolderWithNothingButItsOwnFilesIsReplaced() throws IOException {
    fill(Files.createDirectory(target()), "old");
    try (AtomicFolder folder = begin(true, "new")) {
      folder.commit();
    }
    assertThat(target().resolve("sub/own")).hasContent("new");
    try (AtomicFolder folder = begin(true, "newer")) {
      Files.writeString(target().resolve("sub/mine.csv"), "mine");
      assertThatThrownBy(folder::commit)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("target holds sub/mine.csv");
    }
    assertThatThrownBy(() -> begin(true, "newest"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("target holds sub/mine.csv");
    assertThat(target().resolve("sub/own")).hasContent("new");
    assertThat(target().resolve("sub/mine.csv")).hasContent("mine");
    assertNothingElseIsLeft();
  }

  @Test
  void whatIsOpenWhenTheProcessEndsIsTakenBackAndDoesNotAppear() throws IOException {
    fill(Files.createDirectory(target()), "old");
    try (AtomicFolder folder = begin(true, "new")) {
      AtomicFolder.closeAll();
      assertNothingElseIsLeft();
      assertThatThrownBy(folder::commit).isInstanceOf(InvalidInputException.class);
    }
    assertThat(target().resolve("sub/own")).hasContent("old");
    assertNothingElseIsLeft();
  }

  @Test
  void whatKilledProcessesLeftOfTheSameTargetIsDeleted() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    String mine = "." + target().getFileName() + ".part-";
    String unique = "." + UUID.randomUUID();
    Path left = parent.resolve(mine + ended.pid() + unique);
    fill(Files.createDirectory(left), "half");
    Path aside = parent.resolve(mine + ended.pid() + unique + ".old");
    fill(Files.createDirectory(aside), "old");
    Path running = parent.resolve(mine + ProcessHandle.current().pid() + unique);
    Path others = parent.resolve(".other.part-" + ended.pid() + unique);
    Path unlike = parent.resolve(mine + "2");
    for (Path stays : List.of(running, others, unlike)) {
      fill(Files.createDirectory(stays), "half");
    }
    try (AtomicFolder folder = begin(false, "new")) {
      assertThat(left).doesNotExist();
      assertThat(aside).as("the only whole one").exists();
      folder.commit();
    }
    begin(true, "newer").close();
    try (Stream<Path> children = Files.list(parent)) {
      assertThat(children).containsExactlyInAnyOrder(target(), running, others, unlike);
    }
  }

  @Test
  void theOldOneIsFoundWhereAReplacementWasCutOffBetweenItsRenames() throws IOException {
    // That a process of this id runs says nothing: ids are used again.
    String mine = ".target.part-" + ProcessHandle.current().pid() + "." + UUID.randomUUID();
    fill(Files.createDirectory(parent.resolve(mine)), "half");
    Path aside = parent.resolve(mine + ".old");
    fill(Files.createDirectory(aside), "old");
    assertThat(AtomicFolder.current(target())).isEqualTo(aside);
    AtomicFolder.recover(target());
    assertThat(AtomicFolder.current(target())).isEqualTo(target());
    assertThat(target().resolve("sub/own")).hasContent("old");
    assertNothingElseIsLeft();
  }

  @Test
  void foldersMadeAboveATargetThatDoesNotAppearAreTakenBack() throws IOException {
    Path below = parent.resolve("a/b/target");
    AtomicFolder.begin(below, false, KIND).close();
    assertThat(parent).isEmptyDirectory();
    try (AtomicFolder folder = AtomicFolder.begin(below, false, KIND)) {
      Files.writeString(parent.resolve("a/notes.txt"), "mine");
    }
    assertThat(parent.resolve("a")).isDirectoryNotContaining(path -> path.endsWith("b"));
    assertThat(parent.resolve("a/notes.txt")).hasContent("mine");
    assertThatThrownBy(
            () -> AtomicFolder.begin(parent.resolve("c/" + "x".repeat(250)), false, KIND))
        .isInstanceOf(InvalidInputException.class);
    assertThat(parent.resolve("c")).doesNotExist();
  }

  @Test
  void anEmptyFolderIsFilledAlsoBehindALink() throws IOException {
    Path elsewhere = Files.createDirectories(parent.resolve("elsewhere/empty"));
    Files.createSymbolicLink(target(), elsewhere);
    try (AtomicFolder folder = begin(false, "new")) {
      folder.commit();
    }
    assertThat(target()).isSymbolicLink();
    assertThat(elsewhere.resolve("mark")).hasContent("new");
  }
}
