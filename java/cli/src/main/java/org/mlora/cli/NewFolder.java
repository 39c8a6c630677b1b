package org.mlora.cli;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.mlora.error.InvalidInputException;

/** A folder that a command makes. */
final class NewFolder {
  private NewFolder() {}

  /** Refuses one that is there, and a link. */
  static void require(Path out) {
    if (Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
      throw new InvalidInputException("--out " + out + " exists already; choose another folder");
    }
  }
}
