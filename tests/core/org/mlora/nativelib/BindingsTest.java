package org.mlora.nativelib;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.tools.Builder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares the committed bindings with what JavaCPP makes of the header; with {@code
 * -Dmlora.bindings=write} (the Maven profile {@code bindings}) it writes them instead.
 */
class BindingsTest {
  private static final Path REPOSITORY = Path.of(System.getProperty("mlora.repository", "."));
  private static final Path COMMITTED = REPOSITORY.resolve("java/core/src/gen/java");

  @TempDir Path fresh;

  @Test
  void committed_bindings_match_the_header() throws Exception {
    generate(fresh);
    if (System.getProperty("mlora.bindings", "check").equals("write")) {
      for (var file : files(fresh).entrySet()) {
        Path target = COMMITTED.resolve(file.getKey());
        Files.createDirectories(target.getParent());
        Files.writeString(target, file.getValue());
      }
    }
    assertThat(files(COMMITTED))
        .as("generate the bindings again with: ./mvnw -Pbindings -pl java/core test")
        .containsExactlyInAnyOrderEntriesOf(files(fresh));
  }

  private static void generate(Path folder) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Builder.class.getName(),
                    "-Dplatform.includepath=" + REPOSITORY.resolve("native/include"),
                    "-nogenerate",
                    "-d",
                    folder.toString(),
                    Preset.class.getName()))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static Map<String, String> files(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths
          .filter(Files::isRegularFile)
          .collect(
              Collectors.toMap(
                  path -> folder.relativize(path).toString(),
                  BindingsTest::read,
                  (a, b) -> a,
                  TreeMap::new));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
