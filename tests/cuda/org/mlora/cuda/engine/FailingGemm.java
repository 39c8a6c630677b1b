package org.mlora.cuda.engine;

import org.mlora.cuda.emulated.Emulated;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.GemmQueue;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.Stream;
import org.mlora.error.OutOfDeviceMemoryException;

/**
 * Products of the host, one of which fails, or the opening of a queue: so many from now on succeed.
 */
final class FailingGemm implements GemmProvider {
  private final GemmProvider host = Emulated.gemm();
  int left = Integer.MAX_VALUE;
  int openings = Integer.MAX_VALUE;

  @Override
  public String name() {
    return host.name();
  }

  @Override
  public String description() {
    return host.description();
  }

  @Override
  public GemmQueue open(Stream stream, DeviceMemory workspace) {
    if (openings-- == 0) {
      throw new OutOfDeviceMemoryException("no room for a queue");
    }
    GemmQueue queue = host.open(stream, workspace);
    return new GemmQueue() {
      @Override
      public void multiply(Gemm product) {
        if (left-- == 0) {
          throw new IllegalStateException("no product");
        }
        queue.multiply(product);
      }

      @Override
      public void close() {
        queue.close();
      }
    };
  }
}
