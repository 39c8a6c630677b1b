package org.mlora.nativelib;

import java.util.Locale;

/**
 * An operating system and processor, as the JVM names them.
 *
 * @param os for example {@code Linux}
 * @param arch for example {@code amd64}
 */
record Platform(String os, String arch) {
  static Platform current() {
    return new Platform(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  /** Name of its folder and of its classifier jar, for example {@code linux-x86_64}. */
  String resourceName() {
    String processor = arch.equals("amd64") ? "x86_64" : arch;
    return os.toLowerCase(Locale.ROOT).replace(' ', '-') + "-" + processor;
  }

  @Override
  public String toString() {
    return os + "/" + arch;
  }
}
