package org.mlora.cuda.engine;

import org.mlora.cuda.emulated.Emulated;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.GemmQueue;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.Stream;

/** Products of the host, with something to be done before them. */
abstract class HookedGemm implements GemmProvider {
  private final GemmProvider host = Emulated.gemm();

  /** Before a queue is opened. */
  void beforeOpening() {}

  abstract void beforeProduct();

  @Override
  public final String name() {
    return host.name();
  }

  @Override
  public final String description() {
    return host.description();
  }

  @Override
  public final GemmQueue open(Stream stream, DeviceMemory workspace) {
    beforeOpening();
    GemmQueue queue = host.open(stream, workspace);
    return new GemmQueue() {
      @Override
      public void multiply(Gemm product) {
        beforeProduct();
        queue.multiply(product);
      }

      @Override
      public void close() {
        queue.close();
      }
    };
  }
}
