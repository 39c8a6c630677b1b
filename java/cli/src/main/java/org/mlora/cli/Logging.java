package org.mlora.cli;

import java.util.List;

/** Log lines of the libraries: warnings on standard error, with {@code --verbose} all of them. */
final class Logging {
  private Logging() {}

  /** Must come before the first logger is made. */
  static void configure(String[] arguments) {
    boolean verbose = List.of(arguments).contains("--verbose");
    set("defaultLogLevel", verbose ? "debug" : "warn");
    set("showThreadName", "false");
    set("showLogName", verbose ? "true" : "false");
    set("levelInBrackets", "false");
  }

  private static void set(String name, String value) {
    String property = "org.slf4j.simpleLogger." + name;
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
