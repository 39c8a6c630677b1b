package org.mlora.data.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mlora.error.InvalidInputException;

/**
 * Hidden names beside a target, for what is not whole yet. They hold the id of the process, so that
 * what a killed one left is known by it.
 */
final class PartName {
  /** What stands aside while a target is replaced. */
  static final String OLD = ".old";

  private static final Pattern UNIQUE = Pattern.compile("(\\d{1,18})\\.[0-9a-f-]{36}(\\.old)?");

  private PartName() {}

  /**
   * A new name. What processes that have ended left beside the target is deleted, where that is
   * possible.
   *
   * @param target absolute
   */
  static Path beside(Path target) {
    String start = "." + target.getFileName() + ".part-";
    deleteAbandoned(target, start);
    return target.resolveSibling(start + ProcessHandle.current().pid() + "." + UUID.randomUUID());
  }

  private static void deleteAbandoned(Path target, String start) {
    try (DirectoryStream<Path> parts =
        Files.newDirectoryStream(
            target.resolveSibling("."), path -> isAbandoned(target, start, path))) {
      for (Path part : parts) {
        FolderTree.delete(part);
      }
    } catch (IOException | DirectoryIteratorException | InvalidInputException e) {
      // Somebody else's, or somebody else deletes it too: it is in nobody's way.
    }
  }

  private static boolean isAbandoned(Path target, String start, Path path) {
    String name = path.getFileName().toString();
    if (!name.startsWith(start)) {
      return false;
    }
    Matcher unique = UNIQUE.matcher(name.substring(start.length()));
    return unique.matches()
        && ProcessHandle.of(Long.parseLong(unique.group(1))).isEmpty()
        // Between two renames the old one is the only whole one.
        && (unique.group(2) == null || Files.exists(target));
  }
}
