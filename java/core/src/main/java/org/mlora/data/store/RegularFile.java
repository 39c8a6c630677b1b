package org.mlora.data.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Looks for files without taking one that may not be looked at for one that is missing. */
public final class RegularFile {
  private RegularFile() {}

  /**
   * Whether there is one of the name.
   *
   * @throws org.mlora.error.InvalidInputException where permission to look is denied
   */
  public static boolean isThere(Path file) {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).isRegularFile();
    } catch (AccessDeniedException e) {
      throw FileErrors.cannotRead(file, e);
    } catch (IOException e) {
      return false;
    }
  }
}
