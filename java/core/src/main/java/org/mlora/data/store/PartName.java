package org.mlora.data.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
    deleteAbandoned(target);
    return target.resolveSibling(
        start(target) + ProcessHandle.current().pid() + "." + UUID.randomUUID());
  }

  private static String start(Path target) {
    return "." + target.getFileName() + ".part-";
  }

  /** Deletes what processes that have ended left beside the target, where that is possible. */
  static void deleteAbandoned(Path target) {
    for (Path part : all(target)) {
      try {
        if (isAbandoned(target, part)) {
          FolderTree.delete(part);
        }
      } catch (InvalidInputException e) {
        // Somebody else's, or somebody else deletes it too: it is in nobody's way.
      }
    }
  }

  /** What stands aside of the target, the newest where there are several. */
  static Optional<Path> aside(Path target) {
    return all(target).stream()
        .filter(part -> part.toString().endsWith(OLD))
        .max(Comparator.comparingLong(part -> part.toFile().lastModified()));
  }

  /** All that is beside the target under such names; empty where that cannot be listed. */
  static List<Path> all(Path target) {
    List<Path> parts = new ArrayList<>();
    try (DirectoryStream<Path> beside =
        Files.newDirectoryStream(
            target.resolveSibling("."), path -> unique(target, path).matches())) {
      beside.forEach(part -> parts.add(part.normalize()));
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    return parts;
  }

  private static Matcher unique(Path target, Path part) {
    String name = part.getFileName().toString();
    String start = start(target);
    return UNIQUE.matcher(name.startsWith(start) ? name.substring(start.length()) : "");
  }

  private static boolean isAbandoned(Path target, Path part) {
    Matcher unique = unique(target, part);
    return unique.matches()
        && ProcessHandle.of(Long.parseLong(unique.group(1))).isEmpty()
        // Between two renames the old one is the only whole one.
        && (unique.group(2) == null || Files.exists(target));
  }
}
