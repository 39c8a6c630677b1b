package org.mlora.testing;

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

/**
 * Bindings that JavaCPP generates and that are committed.
 *
 * @param preset how JavaCPP reads the headers
 * @param includes folders of the headers, in the repository
 * @param committed folder of the bindings, in the repository
 * @param again the command that generates them again
 */
public record GeneratedBindings(
    Class<?> preset, List<String> includes, String committed, String again) {
  private static final Path REPOSITORY = Path.of(System.getProperty("mlora.repository", "."));

  /**
   * Compares the committed bindings with what JavaCPP makes of the headers; with {@code
   * -Dmlora.bindings=write} it writes them first.
   *
   * @param fresh an empty folder
   */
  public void check(Path fresh) throws IOException, InterruptedException {
    generate(fresh);
    Path folder = REPOSITORY.resolve(committed);
    if (written()) {
      for (var file : files(fresh).entrySet()) {
        Path target = folder.resolve(file.getKey());
        Files.createDirectories(target.getParent());
        Files.writeString(target, file.getValue());
      }
    }
    assertThat(files(folder))
        .as("generate the bindings again with: " + again)
        .containsExactlyInAnyOrderEntriesOf(files(fresh));
  }

  /** Whether this run writes them. */
  public static boolean written() {
    return System.getProperty("mlora.bindings", "check").equals("write");
  }

  private void generate(Path folder) throws IOException, InterruptedException {
    String path =
        includes.stream()
            .map(include -> REPOSITORY.resolve(include).toString())
            .collect(Collectors.joining(":"));
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Builder.class.getName(),
                    "-Dplatform.includepath=" + path,
                    "-nogenerate",
                    "-d",
                    folder.toString(),
                    preset.getName()))
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
                  GeneratedBindings::read,
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
