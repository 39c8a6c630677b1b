package org.mlora.cuda.emulated;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.mlora.cuda.CudaBackend;
import org.mlora.cuda.emulated.gen.MloraEmulated;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.Kernels;
import org.mlora.nativelib.JavaCppBinding;

/** The backend on an emulated device: the same kernels, run on the CPU. */
public final class Emulated {
  private static final Path LIBRARY =
      Path.of("target", "emulated", System.mapLibraryName("mlora_cuda_emulated")).toAbsolutePath();

  private Emulated() {}

  /** Whether this build made the library. */
  public static boolean isPresent() {
    return Files.exists(LIBRARY);
  }

  /** A device; the test is skipped, with the reason, where the library is absent. */
  public static EmulatedRuntime runtime() {
    Assumptions.assumeTrue(isPresent(), LIBRARY + " is absent: built on Linux/amd64 only");
    Loaded.once();
    return new EmulatedRuntime();
  }

  /** A backend whose products are the host's. */
  public static CudaBackend backend(Precision precision) {
    return backend(runtime(), precision);
  }

  /** A backend on a device, whose products are the host's. */
  public static CudaBackend backend(EmulatedRuntime runtime, Precision precision) {
    return new CudaBackend(runtime, gemm(), precision);
  }

  /** Products of the host. */
  public static GemmProvider gemm() {
    return new HostGemm();
  }

  /** Joins both bindings with the library when it is first asked for. */
  private static final class Loaded {
    static {
      Kernels.link(LIBRARY);
      JavaCppBinding.link(LIBRARY, MloraEmulated.class);
    }

    static void once() {}
  }
}
