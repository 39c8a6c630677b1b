package org.mlora.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Files that live beside the repository: data and golden vectors. The folder is {@code
 * -Dmlora.shared=DIR}, by default {@code shared} beside the repository root.
 */
public final class SharedFiles {
  private SharedFiles() {}

  /** The file or folder; the test is skipped, with the reason, where it is absent. */
  public static Path require(String relative) {
    Path path = folder().resolve(relative);
    Assumptions.assumeTrue(
        Files.exists(path),
        () -> path + " is absent: give the folder that holds it with -Dmlora.shared=DIR");
    return path;
  }

  private static Path folder() {
    String given = System.getProperty("mlora.shared", "");
    return given.isEmpty() ? repositoryRoot().resolveSibling("shared") : Path.of(given);
  }

  /** The nearest folder above the working folder that holds the parts of the repository. */
  public static Path repositoryRoot() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder.getParent() != null && !Files.isDirectory(folder.resolve("java/core"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
