package org.mlora.nativelib;

/** The system properties by which JavaCPP is told what to do. */
final class JavaCppProperties {
  private static final String LOAD_LIBRARIES = "org.bytedeco.javacpp.loadLibraries";
  private static final String MAX_PHYSICAL_BYTES = "org.bytedeco.javacpp.maxphysicalbytes";

  private JavaCppProperties() {}

  /**
   * Keeps JavaCPP from comparing the size of the whole process, memory-mapped data sets included,
   * with a limit on every allocation; a limit that the user has set stays.
   */
  static void limitPhysicalMemoryByDefault() {
    if (System.getProperty(MAX_PHYSICAL_BYTES) == null
        && System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
      System.setProperty(MAX_PHYSICAL_BYTES, "0");
    }
  }

  /**
   * Runs what JavaCPP must not look for libraries in.
   *
   * <p>The property is the whole process's, so the lock must be too: class loaders that each have a
   * copy of this class share the name, as the JVM keeps one object for equal literals.
   */
  static void withoutLibrarySearch(Runnable action) {
    synchronized (LOAD_LIBRARIES) {
      String before = System.getProperty(LOAD_LIBRARIES);
      System.setProperty(LOAD_LIBRARIES, "false");
      try {
        action.run();
      } finally {
        if (before == null) {
          System.clearProperty(LOAD_LIBRARIES);
        } else {
          System.setProperty(LOAD_LIBRARIES, before);
        }
      }
    }
  }
}
