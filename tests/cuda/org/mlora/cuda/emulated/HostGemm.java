package org.mlora.cuda.emulated;

import static org.mlora.cuda.library.Kernels.check;

import org.mlora.cuda.emulated.gen.MloraEmulated;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.GemmQueue;
import org.mlora.cuda.gemm.kernels.Products;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.library.gen.CudaProduct;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.Stream;

/** Products of the emulated device, computed by loops on the host. */
final class HostGemm implements GemmProvider {
  @Override
  public String name() {
    return "host";
  }

  @Override
  public String description() {
    return "host loops";
  }

  @Override
  public GemmQueue open(Stream stream, DeviceMemory workspace) {
    return new GemmQueue() {
      @Override
      public void multiply(Gemm gemm) {
        try (CudaProduct product = Products.of(gemm)) {
          check(MloraEmulated.mlora_emulated_gemm(product, Kernels.stream(stream.address())));
        }
      }

      @Override
      public void close() {}
    };
  }
}
