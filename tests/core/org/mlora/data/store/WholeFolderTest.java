package org.mlora.data.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.InvalidInputException;

class WholeFolderTest {
  private static final AtomicFolder.Kind KIND =
      new AtomicFolder.Kind("one", folder -> "two"::equals, "choose another");

  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void write() {
    folder = parent.resolve("folder");
    put("1");
  }

  private void put(String content) {
    try (AtomicFolder place = AtomicFolder.begin(folder, true, KIND)) {
      Files.writeString(place.path().resolve("one"), content);
      Files.writeString(place.path().resolve("two"), content);
      place.commit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    }
  }

  /** Both files, with something happening between them. */
  private String both(Runnable between) {
    return WholeFolder.read(
        folder,
        place -> {
          String one = text(place.resolve("one"));
          between.run();
          return one + text(place.resolve("two"));
        });
  }

  @Test
  void whatIsReadIsOfOneFolder() {
    List<String> coming = new ArrayList<>(List.of("2", "3"));
    assertThat(
            both(
                () -> {
                  if (!coming.isEmpty()) {
                    put(coming.remove(0));
                  }
                }))
        .isEqualTo("33");
  }

  @Test
  void whatWasMissingOnlyWhileTheFolderWasReplacedIsReadAgain() {
    List<Path> aside = new ArrayList<>();
    Path old = parent.resolve(".folder.part-1." + UUID.randomUUID() + ".old");
    assertThat(
            both(
                () -> {
                  if (aside.isEmpty()) {
                    aside.add(move(folder, old));
                  }
                }))
        .as("also where it was cut off there")
        .isEqualTo("11");
    assertThat(both(() -> {})).isEqualTo("11");
  }

  private static Path move(Path from, Path to) {
    try {
      return Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsMissingInAFolderThatStaysIsSaid() throws IOException {
    Files.delete(folder.resolve("two"));
    assertThatThrownBy(() -> both(() -> {}))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(folder.resolve("two") + ": no such file; check the path");
  }

  @Test
  void aFolderIsCalledAsItIsGiven() {
    for (Path given : List.of(Path.of("no/such"), parent.resolve("../" + parent.getFileName()))) {
      Path found = WholeFolder.read(given, place -> place);
      assertThat(found).isEqualTo(given);
    }
  }

  @Test
  void whatElseIsPutIntoAFolderWithAManifestDoesNotMatter() throws IOException {
    Files.writeString(folder.resolve(Manifest.NAME), "{}");
    int[] times = {0};
    both(
        () -> {
          try {
            Files.writeString(folder.resolve("note" + times[0]++), "");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertThat(times[0]).as("times read").isEqualTo(1);
  }

  @Test
  void aFolderThatIsReplacedWithoutEndIsRefused() {
    int[] times = {0};
    assertThatThrownBy(() -> both(() -> put("" + times[0]++)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(folder + " was replaced while it was read; open it again");
  }
}
