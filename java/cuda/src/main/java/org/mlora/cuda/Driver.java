package org.mlora.cuda;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.mlora.cuda.jcuda.JCudaLibrary;
import org.mlora.cuda.library.LibrarySearch;
import org.mlora.error.UnsupportedDeviceException;

/** Whether this machine has an NVIDIA driver; asking costs little where it has none. */
final class Driver {
  private static final String LIBRARY = "libcuda.so.1";
  private static final Path OF_THE_KERNEL = Path.of("/proc/driver/nvidia/version");

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
   * Loads the binding of the driver.
   *
   * @throws UnsupportedDeviceException when there is no driver or it cannot be loaded
   */
  void load() {
    unsupported()
        .ifPresent(
            why -> {
              throw new UnsupportedDeviceException(why);
            });
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
}
