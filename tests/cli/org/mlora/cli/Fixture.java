package org.mlora.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.mlora.data.store.Manifest;

/** A folder with a raw table, a data set prepared from it and a run trained on that. */
record Fixture(Path folder) {
  static final String[] SMALL = {
    "--device", "reference", "--hidden", "4", "--embedding-dim", "2", "--epochs", "1", "--quiet"
  };

  /** Makes all three in an empty folder. */
  static Fixture create(Path folder) {
    Fixture fixture = new Fixture(folder);
    fixture.write("raw.csv", TestData.csv(300));
    require(fixture.prepare("raw.csv", "data"));
    require(fixture.train("--out", fixture.path("run")));
    return fixture;
  }

  private static void require(CommandRun run) {
    if (run.code() != 0) {
      throw new IllegalStateException(run.toString());
    }
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  Path write(String name, String text) {
    return write(name, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  Path write(String name, byte[] bytes) {
    try {
      return Files.write(path(name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] read(String name) {
    try {
      return Files.readAllBytes(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Prepares a table of this folder by the rule rating>=4. */
  CommandRun prepare(String input, String out, Object... more) {
    return CommandRun.of(
        words(
            more,
            "prepare",
            "csv",
            "--input",
            path(input),
            "--label",
            "rating>=4",
            "--domain-column",
            "shop",
            "--fields",
            "user,item",
            "--quiet",
            "--out",
            path(out)));
  }

  /** Trains a small model on the prepared data; later flags override. */
  CommandRun train(Object... more) {
    return CommandRun.of(words(more, words(SMALL, "train", "--data", path("data"))));
  }

  /** A command on the run and a data set of this folder, in plain Java; prints JSON. */
  CommandRun withModel(String command, String data, Object... more) {
    return CommandRun.of(
        words(
            more,
            command,
            "--device=reference",
            "--quiet",
            "--json",
            "--model",
            path("run"),
            "--data",
            path(data)));
  }

  /** The words of both; flags of {@code more} take the place of the same flags before. */
  static Object[] words(Object[] more, Object... first) {
    List<Object> words = new ArrayList<>(List.of(first));
    for (Object word : more) {
      int at = word.toString().startsWith("--") ? words.indexOf(word) : -1;
      if (at >= 0) {
        words.remove(at + 1);
        words.remove(at);
      }
    }
    words.addAll(List.of(more));
    return words.toArray();
  }

  /**
   * Brings the sizes and checksums of a folder's manifest up to date, after it was tampered with.
   */
  void sign(String name, String format) {
    Manifest.of(path(name), format, 1).write(path(name));
  }

  /** Every file and folder below, with its size. */
  SortedMap<String, Long> listing() {
    try (Stream<Path> all = Files.walk(folder)) {
      SortedMap<String, Long> sizes = new TreeMap<>();
      for (Path path : (Iterable<Path>) all::iterator) {
        sizes.put(
            folder.relativize(path).toString(), Files.isRegularFile(path) ? Files.size(path) : -1);
      }
      return sizes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A copy of the whole in an empty folder. */
  Fixture copyTo(Path target) {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> paths = all.toList();
      for (Path path : paths) {
        Files.copy(
            path, target.resolve(folder.relativize(path)), StandardCopyOption.REPLACE_EXISTING);
      }
      return new Fixture(target);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
