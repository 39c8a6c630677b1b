package org.mlora.cuda.gemm.kernels;

import static org.mlora.cuda.library.Kernels.check;

import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.GemmQueue;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.library.gen.CudaProduct;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.Stream;

/** Products by our own kernels, which need no other library and are slower than cuBLAS. */
public final class OwnKernels implements GemmProvider {
  /**
   * Loads our kernels.
   *
   * @throws org.mlora.error.UnsupportedDeviceException when they cannot be loaded
   */
  public OwnKernels() {
    Kernels.outcome().require();
  }

  @Override
  public String name() {
    return "kernels";
  }

  @Override
  public String description() {
    return "own kernels, without cuBLAS";
  }

  @Override
  public GemmQueue open(Stream stream, DeviceMemory workspace) {
    return new Queue(Kernels.stream(stream.address()), workspace);
  }

  private record Queue(Pointer stream, DeviceMemory workspace) implements GemmQueue {
    @Override
    public void multiply(Gemm gemm) {
      try (CudaProduct product = Products.of(gemm, workspace)) {
        check(MloraCuda.mlora_cuda_multiply(product, stream));
      }
    }

    @Override
    public void close() {}
  }
}
