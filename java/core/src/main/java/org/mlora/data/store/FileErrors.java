package org.mlora.data.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.ZipException;
import org.mlora.error.InterruptedOperationException;
import org.mlora.error.InvalidInputException;
import org.mlora.error.MloraException;

/** One clear line for what the file system refused. */
public final class FileErrors {
  private FileErrors() {}

  /** Says why a file could not be read. */
  public static MloraException cannotRead(Path path, IOException cause) {
    if (cause instanceof ClosedByInterruptException) {
      return interrupted("reading", path, cause);
    }
    if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
      return new InvalidInputException(path + ": no such file; check the path", cause);
    }
    // One that may not be listed says so itself.
    if (Files.isDirectory(path) && !(cause instanceof FileSystemException)) {
      return new InvalidInputException(path + " is a folder; give a file", cause);
    }
    String remedy =
        cause instanceof EOFException || cause instanceof ZipException ? "; use another copy" : "";
    return new InvalidInputException(
        "cannot read " + path + ": " + reason(path, cause) + remedy, cause);
  }

  /**
   * Says why a file or folder could not be written, of which nothing half-written is left behind.
   */
  public static MloraException cannotWrite(Path path, IOException cause) {
    return cannotWrite(
        path, "nothing half-written was left behind, choose another place or make room", cause);
  }

  /** Says why a file or folder could not be written, and what to do about it. */
  public static MloraException cannotWrite(Path path, String remedy, IOException cause) {
    if (cause instanceof ClosedByInterruptException) {
      return interrupted("writing", path, cause);
    }
    return new InvalidInputException(
        "cannot write " + path + ": " + reason(path, cause) + "; " + remedy, cause);
  }

  /** Says why a file or folder could not be deleted. */
  public static InvalidInputException cannotDelete(Path path, IOException cause) {
    return new InvalidInputException(
        "cannot delete " + path + ": " + reason(path, cause) + "; delete it yourself", cause);
  }

  /** Says where a file stops being JSON. */
  public static InvalidInputException notJson(String source, JsonProcessingException cause) {
    return notJson(source, "use another copy of the file", cause);
  }

  /** Says where a file stops being JSON, and what to do about it. */
  public static InvalidInputException notJson(
      String source, String remedy, JsonProcessingException cause) {
    String what = cause.getOriginalMessage().replaceAll("(?s)\\s*\\(start marker.*", "");
    String line = cause.getLocation() == null ? "" : " line " + cause.getLocation().getLineNr();
    return new InvalidInputException(
        source + line + " is not JSON: " + what + "; " + remedy, cause);
  }

  private static MloraException interrupted(String doing, Path path, IOException cause) {
    return new InterruptedOperationException(
        "the thread was interrupted while "
            + doing
            + " "
            + path
            + "; the file is not at fault, call again in a thread that is not interrupted",
        cause);
  }

  private static String reason(Path path, IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return "something else was put into it";
    }
    if (e instanceof NotDirectoryException) {
      return "not a folder";
    }
    if (e instanceof FileAlreadyExistsException f) {
      String found = String.valueOf(f.getFile());
      return path.endsWith(found) ? "it exists already" : found + " is a file, not a folder";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason().toLowerCase(Locale.ROOT);
    }
    return reason(e);
  }

  /** Why reading ended, in words that name no file. */
  public static String reason(IOException e) {
    if (e instanceof EOFException) {
      return "it ends too early";
    }
    if (e instanceof ZipException) {
      return "its gzip data are damaged";
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message.lines().findFirst().orElse("");
  }
}
