package org.mlora.cuda.jcuda;

import java.nio.file.Path;
import jcuda.CudaException;
import jcuda.driver.JCudaDriver;
import org.mlora.cuda.library.BindingVersions;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.nativelib.PackedLibrary;

/**
 * Loads the natives of JCuda. JCuda itself would write them under a fixed name into the folder for
 * temporary files, where they could be another user's; so each is unpacked into our cache, and
 * JCuda is shown that folder in place of the other.
 */
public final class JCudaLibrary {
  private static final String TEMPORARY = "java.io.tmpdir";

  private JCudaLibrary() {}

  /** Loads the binding of the driver API unless that is done; needs {@code libcuda.so.1}. */
  public static PackedLibrary.Outcome driver() {
    return Driver.OUTCOME;
  }

  /**
   * Loads a native of JCuda.
   *
   * @param name as in its file name, for example {@code JCublas2}
   * @param jar the jar it comes in, for messages
   * @param initialize makes JCuda load it
   */
  public static PackedLibrary.Outcome load(
      Class<?> anchor, String name, String jar, Runnable initialize) {
    String resource = "/lib/lib" + name + "-" + BindingVersions.JCUDA + "-linux-x86_64.so";
    return PackedLibrary.theirs(anchor, resource, jar, UnsupportedDeviceException.USE_CPU)
        .load(file -> fromFolder(file, initialize));
  }

  /** JCuda takes a file of the right name as it is. */
  private static synchronized void fromFolder(Path file, Runnable initialize) {
    // Loaded first by us: its error is the linker's, without JCuda's page of stack traces.
    System.load(file.toString());
    String before = System.getProperty(TEMPORARY);
    System.setProperty(TEMPORARY, String.valueOf(file.getParent()));
    try {
      initialize.run();
    } catch (CudaException e) {
      throw new LinkageError(e.getMessage(), e);
    } finally {
      System.setProperty(TEMPORARY, before);
    }
  }

  private static final class Driver {
    static final PackedLibrary.Outcome OUTCOME =
        load(
            JCudaDriver.class,
            "JCudaDriver",
            "jcuda-natives-" + BindingVersions.JCUDA + "-linux-x86_64.jar",
            // Errors come back as codes, which DriverErrors knows.
            () -> JCudaDriver.setExceptionsEnabled(false));
  }
}
