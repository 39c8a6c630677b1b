package org.mlora.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mlora.testing.SharedFiles;

/** Java of a document, run as a reader would. */
final class JavaProgram {
  private JavaProgram() {}

  /** The first block of Java in a document. */
  static String firstOf(String document) throws IOException {
    return blocks(Files.readString(SharedFiles.repositoryRoot().resolve(document))).get(0);
  }

  /** The blocks of Java in a section of a document, in order. */
  static List<String> of(String document, String section) throws IOException {
    String text = Files.readString(SharedFiles.repositoryRoot().resolve(document));
    String rest = text.substring(text.indexOf("\n## " + section + "\n") + 1);
    int end = rest.indexOf("\n## ");
    return blocks(end < 0 ? rest : rest.substring(0, end));
  }

  private static List<String> blocks(String text) {
    Matcher matcher = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(text);
    List<String> blocks = matcher.results().map(result -> result.group(1)).toList();
    assertThat(blocks).isNotEmpty();
    return blocks;
  }

  /** Compiles and runs a source file in a folder; the lines it prints. */
  static List<String> run(String name, String source, Path folder)
      throws IOException, InterruptedException {
    Files.writeString(folder.resolve(name), source);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                name)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor()).isZero();
    return lines;
  }
}
