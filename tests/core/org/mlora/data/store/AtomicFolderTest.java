package org.mlora.data.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.InvalidInputException;

class AtomicFolderTest {
  private static final AtomicFolder.Kind KIND =
      new AtomicFolder.Kind("mark", folder -> Set.of("sub/own")::contains);

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
