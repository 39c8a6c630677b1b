package org.mlora.data.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Checksums of files, in hexadecimal. */
public final class FileDigest {
  private FileDigest() {}

  /**
   * SHA-256.
   *
   * @throws org.mlora.error.InvalidInputException when the file cannot be read
   */
  public static String sha256(Path file) {
    return of(file, "SHA-256");
  }

  /**
   * MD5, which older data sets are published with.
   *
   * @throws org.mlora.error.InvalidInputException when the file cannot be read
   */
  public static String md5(Path file) {
    return of(file, "MD5");
  }

  private static String of(Path file, String algorithm) {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm, e);
    }
  }
}
