package org.mlora.cuda.jcuda;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Libraries that stand in for NVIDIA's, see {@code tests/native/standins}. */
public final class StandIns {
  private static final Path FOLDER = Path.of("target", "standins").toAbsolutePath();

  private StandIns() {}

  /** Whether this build made them. */
  public static boolean arePresent() {
    return Files.exists(FOLDER.resolve("libcuda.so.1"));
  }

  /** Loads one of them, so that whoever needs it by name gets it. */
  public static Path load(String name) {
    Path file = FOLDER.resolve(name);
    Assumptions.assumeTrue(Files.exists(file), file + " is absent: built on Linux/amd64 only");
    System.load(file.toString());
    return file;
  }

  /** A runtime over JCuda and the driver that stands in. */
  public static JCudaRuntime runtime() {
    load("libcuda.so.1");
    return new JCudaRuntime(0);
  }
}
