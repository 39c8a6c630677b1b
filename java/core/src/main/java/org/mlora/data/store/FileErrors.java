package org.mlora.data.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.mlora.error.InvalidInputException;

/** One clear line for what the file system refused. */
public final class FileErrors {
  private FileErrors() {}

  /** Says why a file could not be read. */
  public static InvalidInputException cannotRead(Path path, IOException cause) {
    if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
      return new InvalidInputException(path + ": no such file; check the path", cause);
    }
    if (Files.isDirectory(path)) {
      return new InvalidInputException(path + " is a folder; give a file", cause);
    }
    return new InvalidInputException("cannot read " + path + ": " + reason(cause), cause);
  }

  /** Says why a file or folder could not be written. */
  public static InvalidInputException cannotWrite(Path path, IOException cause) {
    return new InvalidInputException(
        "cannot write "
            + path
            + ": "
            + reason(cause)
            + "; nothing was left behind, choose another place or make room",
        cause);
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof NotDirectoryException) {
      return "not a folder";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "it exists already";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason().toLowerCase(java.util.Locale.ROOT);
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message.lines().findFirst().orElse("");
  }
}
