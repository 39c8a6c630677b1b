package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mlora prepare} ended by a signal while it hears nothing. */
@Tag("slow")
class InterruptedPrepareTest {
  @TempDir Path folder;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatItHadBegunIsDeletedBeforeTheProcessEnds() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")), "this system has no mkfifo");
    String pipe = folder.resolve("in").toString();
    assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
    // A table whose rows do not come.
    Process writer = new ProcessBuilder("sh", "-c", "exec 3> \"$0\"; exec sleep 600", pipe).start();
    Process process =
        CommandProcess.start(
            folder,
            "prepare",
            "prepare",
            "csv",
            "--quiet",
            "--input=" + pipe,
            "--label=click",
            "--domain-column=shop",
            "--fields=user",
            "--out=" + folder.resolve("new"));
    try {
      while (process.isAlive() && names().stream().noneMatch(name -> name.startsWith(".new"))) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      process.destroy();
      assertThat(process.waitFor()).isEqualTo(130);
    } finally {
      process.destroyForcibly();
      writer.destroyForcibly();
    }
    assertThat(folder.resolve("prepare.err")).hasContent("mlora: interrupted");
    assertThat(names()).containsExactly("in", "prepare.err", "prepare.out");
  }
}
