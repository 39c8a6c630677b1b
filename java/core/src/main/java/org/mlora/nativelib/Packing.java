package org.mlora.nativelib;

/**
 * How a library is packed, for messages.
 *
 * @param fileName its file name
 * @param what what it is, for example {@code the native library}
 * @param jar the jar that it comes in, or one for each platform
 * @param fallback what the user may do without it, an imperative
 */
record Packing(String fileName, String what, String jar, String fallback) {
  /** Why nothing is loaded where the class path has no library. */
  String absent() {
    return what
        + " is not in the class path for "
        + Platform.current()
        + "; "
        + fallback
        + ", or add the jar of this platform to the class path (to a module path, and its module to"
        + " --add-modules), where there is one: "
        + jar;
  }

  /** Why no place will do where the JVM is told to keep our code from native libraries. */
  String denied(IllegalCallerException cause) {
    return what
        + " cannot be loaded: "
        + cause.getMessage()
        + "; start Java with --enable-native-access=ALL-UNNAMED, or with the name of that module; or "
        + fallback;
  }

  /** Why no place will do where the C library of this machine is too old. */
  String tooNew(String reason) {
    return what
        + " cannot be loaded: "
        + reason
        + "; it was built for a newer Linux: build it on this machine or on one as old, with tools/jar,"
        + " or "
        + fallback;
  }

  /** What to do where the library is there and no place can hold it. */
  String remedy() {
    return "make one of these folders writable and executable, or name a folder that holds "
        + fileName
        + " with -D"
        + NativeSettings.DIRECTORY_PROPERTY
        + "=DIR; or "
        + fallback;
  }
}
