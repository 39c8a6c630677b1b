package org.mlora.nativelib;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Libraries unpacked into folders named by their content, shared by all processes of a user. */
final class NativeCache {
  private NativeCache() {}

  /**
   * Gives the library's file in {@code folder}, writing it unless it is there with the right
   * content. Processes may do so at once: each writes its own file and renames it over the shared
   * name, and all write the same bytes.
   */
  static Path unpack(NativeSource source, Path folder) throws IOException {
    Path file = folder.toAbsolutePath().resolve(source.fileName());
    if (isIntact(file, source.sha256())) {
      return file;
    }
    byte[] content = source.content().read();
    if (!sha256(content).equals(source.sha256())) {
      throw new IOException("the packed " + source.fileName() + " does not match its checksum");
    }
    Files.createDirectories(folder);
    Path fresh = Files.createTempFile(folder, source.fileName(), ".part");
    try {
      Files.write(fresh, content, StandardOpenOption.TRUNCATE_EXISTING);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
    return file;
  }

  private static boolean isIntact(Path file, String sha256) throws IOException {
    try {
      return sha256(Files.readAllBytes(file)).equals(sha256);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
