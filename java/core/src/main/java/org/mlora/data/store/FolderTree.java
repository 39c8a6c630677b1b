package org.mlora.data.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
    try {
      return list(Files.list(folder).limit(1)).isEmpty();
    } catch (IOException e) {
      throw FileErrors.cannotRead(folder, e);
    }
  }

  /**
   * The names of what is in a folder, sorted.
   *
   * @throws org.mlora.error.InvalidInputException where it cannot be listed
   */
  public static List<String> names(Path folder) {
    try {
      return list(Files.list(folder)).stream()
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList();
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
    try {
      return all(folder).stream()
          .filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
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
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      List<Path> all = all(folder);
      for (int i = all.size() - 1; i >= 0; i--) {
        Files.delete(all.get(i));
      }
    } catch (IOException e) {
      throw FileErrors.cannotDelete(folder, e);
    }
  }

  /** Forces a folder with all that is in it to the disk. */
  public static void forceAll(Path folder) throws IOException {
    for (Path path : all(folder)) {
      force(path);
    }
  }

  /** Forces a file, or the names in a folder, to the disk. */
  public static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** A folder and all below it, folders before what is in them. */
  private static List<Path> all(Path folder) throws IOException {
    return list(Files.walk(folder));
  }

  private static List<Path> list(Stream<Path> paths) throws IOException {
    try (paths) {
      return paths.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
