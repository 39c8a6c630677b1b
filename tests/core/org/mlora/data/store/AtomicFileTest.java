package org.mlora.data.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.InvalidInputException;

class AtomicFileTest {
  @TempDir Path parent;

  private void assertThatThereIsOnly(Path file) throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      assertThat(children).containsExactly(file);
    }
  }

  @Test
  void theFileBeforeStaysUntilTheNewOneIsWhole() throws IOException {
    Path file = Files.writeString(parent.resolve("file"), "old");
    try (AtomicFile fresh = AtomicFile.begin(file, true)) {
      fresh.stream().write("new".getBytes(StandardCharsets.UTF_8));
      assertThat(file).hasContent("old");
      fresh.commit();
    }
    assertThat(file).hasContent("new");
    assertThatThereIsOnly(file);
  }

  @Test
  void whatCameUnderTheNameMeanwhileStays() throws IOException {
    Path file = parent.resolve("file");
    try (AtomicFile fresh = AtomicFile.begin(file, false)) {
      Files.writeString(file, "mine");
      assertThatThrownBy(fresh::commit)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("file exists by now");
    }
    assertThat(file).hasContent("mine");
    assertThatThereIsOnly(file);
  }

  @Test
  void whatIsNotCommittedIsTakenBack() throws IOException {
    Path file = Files.writeString(parent.resolve("file"), "old");
    try (AtomicFile fresh = AtomicFile.begin(file, true)) {
      fresh.stream().write(new byte[10]);
    }
    assertThat(file).hasContent("old");
    assertThatThereIsOnly(file);
  }

  @Test
  void theFileThatALinkLeadsToIsReplaced() throws IOException {
    Path file = Files.writeString(Files.createDirectory(parent.resolve("far")).resolve("f"), "old");
    Path link = Files.createSymbolicLink(parent.resolve("link"), file);
    AtomicFile.write(link, "new");
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("new");
  }

  @Test
  void foldersAboveATextAreMade() {
    Path file = parent.resolve("a/b/text");
    AtomicFile.write(file, "über");
    assertThat(file).hasContent("über");
  }

  @Test
  void aTextThatCannotBeWrittenLeavesNothing() throws IOException {
    Path folder = Files.createDirectory(parent.resolve("folder"));
    for (Path name : new Path[] {folder, Path.of("/")}) {
      assertThatThrownBy(() -> AtomicFile.write(name, "text"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("is a folder; give the name of a file");
    }
    assertThatThereIsOnly(folder);
  }

  @Test
  void aFolderThatMayNotBeListedIsNotMistakenForAFile() {
    assertThat(FileErrors.cannotRead(parent, new AccessDeniedException(parent.toString())))
        .hasMessage("cannot read " + parent + ": permission denied");
    assertThat(FileErrors.cannotRead(parent, new IOException("Is a directory")))
        .hasMessage(parent + " is a folder; give a file");
  }
}
