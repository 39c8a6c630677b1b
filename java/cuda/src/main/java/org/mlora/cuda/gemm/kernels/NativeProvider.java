package org.mlora.cuda.gemm.kernels;

import static org.mlora.cuda.library.Kernels.check;

import java.nio.file.Path;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.GemmQueue;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.library.gen.CudaGemm;
import org.mlora.cuda.library.gen.CudaProduct;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.Stream;
import org.mlora.nativelib.NativeHandle;

/** cuBLAS of either version, opened by the library of our kernels. */
public final class NativeProvider implements GemmProvider {
  private final Path library;

  /**
   * Loads our kernels.
   *
   * @param library file of cuBLAS
   * @throws org.mlora.error.UnsupportedDeviceException when our kernels cannot be loaded
   */
  public NativeProvider(Path library) {
    Kernels.outcome().require();
    this.library = library;
  }

  @Override
  public String name() {
    return "native";
  }

  @Override
  public String description() {
    return name() + ", " + library;
  }

  @Override
  public GemmQueue open(Stream stream, DeviceMemory workspace) {
    CudaGemm gemm = new CudaGemm();
    check(
        MloraCuda.mlora_cuda_gemm_create(
            library.toString(),
            workspace.address(),
            workspace.bytes(),
            Kernels.stream(stream.address()),
            gemm));
    return new Queue(
        new NativeHandle<>(
            "the queue of matrix products", gemm, MloraCuda::mlora_cuda_gemm_destroy));
  }

  private record Queue(NativeHandle<CudaGemm> handle) implements GemmQueue {
    @Override
    public void multiply(Gemm gemm) {
      try (CudaProduct product = Products.of(gemm)) {
        check(MloraCuda.mlora_cuda_gemm_run(handle.pointer(), product));
      }
    }

    @Override
    public void close() {
      handle.close();
    }
  }
}
