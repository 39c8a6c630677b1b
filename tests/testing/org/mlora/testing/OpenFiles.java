package org.mlora.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files that this process has open. */
public final class OpenFiles {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private OpenFiles() {}

  /**
   * Those below a folder, deleted ones too. Without such a list of the system's, skips the test.
   */
  public static List<String> below(Path folder) {
    assumeTrue(Files.isDirectory(DESCRIPTORS), "the system lists no open files");
    List<String> below = new ArrayList<>();
    try (Stream<Path> all = Files.list(DESCRIPTORS)) {
      String start = folder.toRealPath().toString();
      for (Path descriptor : all.toList()) {
        // That of the listing is closed by now.
        if (Files.isSymbolicLink(descriptor)) {
          String file = Files.readSymbolicLink(descriptor).toString();
          if (file.startsWith(start)) {
            below.add(file);
          }
        }
      }
      return below;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
