package org.mlora.data.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The folders above a target that were made for it. */
final class ParentFolders {
  /** The innermost first. */
  private final List<Path> made = new ArrayList<>();

  private ParentFolders() {}

  /** Makes those that are missing. */
  static ParentFolders make(Path innermost) throws IOException {
    ParentFolders folders = new ParentFolders();
    for (Path folder = innermost; folder != null && !Files.exists(folder); ) {
      folders.made.add(folder);
      folder = folder.getParent();
    }
    Files.createDirectories(innermost);
    return folders;
  }

  /** Deletes those that hold nothing else by now. */
  void takeBack() {
    try {
      for (Path folder : made) {
        Files.delete(folder);
      }
    } catch (IOException e) {
      // Something else is in it, which keeps those above it too.
    }
  }
}
