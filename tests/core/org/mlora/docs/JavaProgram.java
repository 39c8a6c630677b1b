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
    String text = Files.readString(SharedFiles.repositoryRoot().resolve(document));
    Matcher matcher = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(text);
    assertThat(matcher.find()).as("%s has a block of Java", document).isTrue();
    return matcher.group(1);
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
