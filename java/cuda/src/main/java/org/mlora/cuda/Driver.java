package org.mlora.cuda;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mlora.cuda.jcuda.JCudaLibrary;
import org.mlora.cuda.library.LibrarySearch;
import org.mlora.error.UnsupportedDeviceException;

/**
 * Whether this machine has an NVIDIA driver that will do; asking costs little where it has none.
 */
final class Driver {
  private static final String LIBRARY = "libcuda.so.1";
  private static final Path OF_THE_KERNEL = Path.of("/proc/driver/nvidia/version");

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)");
  private static final Pattern BUILT_WITH = Pattern.compile("CUDA " + VERSION);

  private final LibrarySearch search;

  Driver(LibrarySearch search) {
    this.search = search;
  }

  /** Why there can be no driver on this machine, where that is so. */
  static Optional<String> unsupported() {
    String platform = System.getProperty("os.name") + "/" + System.getProperty("os.arch");
    return platform.equals("Linux/amd64")
        ? Optional.empty()
        : Optional.of(
            "the CUDA backend runs on Linux/amd64, this is "
                + platform
                + "; "
                + UnsupportedDeviceException.USE_CPU);
  }

  /**
   * Why a driver cannot run our kernels, where that is so: it serves the CUDA version that they
   * were built with, whatever its minor number, and older ones.
   *
   * @param driver newest CUDA version of the driver, for example {@code 12.8}
   * @param build what the kernels were built for, for example {@code CUDA 13.0: sm_90}
   */
  static Optional<String> tooOld(String driver, String build) {
    Matcher needed = BUILT_WITH.matcher(build);
    Matcher there = VERSION.matcher(driver);
    if (!needed.lookingAt()
        || !there.matches()
        || Integer.parseInt(there.group(1)) >= Integer.parseInt(needed.group(1))) {
      return Optional.empty();
    }
    return Optional.of(
        "the NVIDIA driver is for CUDA "
            + driver
            + " and older, the kernels are built with CUDA "
            + needed.group(1)
            + "."
            + needed.group(2)
            + "; update the driver (for CUDA 13: 580 or newer), or "
            + UnsupportedDeviceException.USE_CPU);
  }

  /**
   * Loads the binding of the driver.
   *
   * @throws UnsupportedDeviceException when there is no driver or it cannot be loaded
   */
  void load() {
    refuse(unsupported());
    Optional<Path> library = search.find(LIBRARY);
    if (library.isEmpty() && !Files.exists(OF_THE_KERNEL)) {
      throw new UnsupportedDeviceException(
          "no NVIDIA driver: "
              + LIBRARY
              + " was not found and the kernel has no NVIDIA module; install the driver (then"
              + " nvidia-smi lists the devices), or "
              + UnsupportedDeviceException.USE_CPU);
    }
    library.ifPresent(file -> System.load(file.toAbsolutePath().toString()));
    JCudaLibrary.driver().require();
  }

  /** Throws where there is a reason to. */
  static void refuse(Optional<String> why) {
    if (why.isPresent()) {
      throw new UnsupportedDeviceException(why.get());
    }
  }
}
