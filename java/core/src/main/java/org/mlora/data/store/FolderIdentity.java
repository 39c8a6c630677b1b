package org.mlora.data.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * Tells a folder from another that took its name.
 *
 * @param key of the file system
 * @param changed when something was last put into it
 */
public record FolderIdentity(String key, FileTime changed) {
  /**
   * That of a folder as its manifest tells it, where it has one: what else is put into the folder
   * does not matter then, nor whether a file system keeps the times of folders.
   */
  public static Optional<FolderIdentity> byManifest(Path folder) {
    Path manifest = folder.resolve(Manifest.NAME);
    return of(Files.exists(manifest) ? manifest : folder);
  }

  /** That of the folder which has a name now; empty where there is none. */
  public static Optional<FolderIdentity> of(Path path) {
    try {
      BasicFileAttributes found =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return Optional.of(
          new FolderIdentity(String.valueOf(found.fileKey()), found.lastModifiedTime()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
