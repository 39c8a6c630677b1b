package org.mlora.nativelib;

import java.io.IOException;

/**
 * The library as it lies in the class path.
 *
 * @param fileName its file name
 * @param sha256 checksum of its content, in hexadecimal
 * @param content reads it whole
 */
record NativeSource(String fileName, String sha256, Content content) {
  /** Reads the bytes of the library. */
  interface Content {
    byte[] read() throws IOException;
  }

  NativeSource {
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("not a SHA-256 sum: " + sha256);
    }
  }
}
