package org.mlora.error;

/** The device asked for is not here or cannot do what was asked. Exit code 2. */
public final class UnsupportedDeviceException extends MloraException {
  /** The remedy of a GPU that cannot be used, for readers of the command and of Java. */
  public static final String USE_CPU = "use --device cpu (in Java: CpuBackend)";

  /** Takes a message of one line: what, where, and what to do. */
  public UnsupportedDeviceException(String message) {
    super(message);
  }

  /** The same, with what brought it about. */
  public UnsupportedDeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
