package org.mlora.data.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Whole folders. */
public final class FolderTree {
  private FolderTree() {}

  /**
   * Whether a folder holds nothing.
   *
   * @throws org.mlora.error.InvalidInputException where it cannot be listed
   */
  public static boolean isEmpty(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children.findAny().isEmpty();
    } catch (IOException e) {
      throw FileErrors.cannotRead(folder, e);
    }
  }

  /**
   * Everything below a folder that is no folder, as paths with {@code /} between names.
   *
   * @throws org.mlora.error.InvalidInputException where it cannot be listed
   */
  public static List<String> files(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
          .map(path -> folder.relativize(path).toString().replace('\\', '/'))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileErrors.cannotRead(folder, e);
    }
  }

  /**
   * Deletes a folder with all that is in it, where there is one.
   *
   * @throws org.mlora.error.InvalidInputException where something cannot be deleted
   */
  public static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(folder, e);
    }
  }
}
