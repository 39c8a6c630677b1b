package org.mlora.cuda.engine;

import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.GemmQueue;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.runtime.CaptureLock;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Stream;

/**
 * A stream, and matrix products on it where there are any.
 *
 * @param queue the stream as the bindings take it
 */
record Lane(Stream stream, Pointer queue, Optional<Products> products) implements AutoCloseable {
  /**
   * Matrix products on a stream.
   *
   * @param workspace their scratch memory, and nobody else's
   */
  record Products(DeviceMemory workspace, GemmQueue gemm) implements AutoCloseable {
    static Products open(DeviceRuntime runtime, GemmProvider provider, Stream stream) {
      Closing made = new Closing();
      try {
        DeviceMemory workspace = made.add(runtime.allocate(GemmProvider.WORKSPACE_BYTES, "cuBLAS"));
        return new Products(workspace, CaptureLock.waiting(() -> provider.open(stream, workspace)));
      } catch (Throwable e) {
        made.closeAfter(e);
        throw e;
      }
    }

    @Override
    public void close() {
      Closing all = new Closing();
      all.add(workspace);
      all.add(() -> CaptureLock.waiting(gemm::close));
      all.close();
    }
  }

  /** A lane without products. */
  static Lane open(Stream stream) {
    return new Lane(stream, Kernels.stream(stream.address()), Optional.empty());
  }

  /** A lane on a stream that it closes, also where it fails. */
  static Lane open(DeviceRuntime runtime, GemmProvider provider, Stream stream) {
    Lane plain = open(stream);
    try {
      Products products = Products.open(runtime, provider, stream);
      return new Lane(stream, plain.queue, Optional.of(products));
    } catch (Throwable e) {
      plain.close();
      throw e;
    }
  }

  @Override
  public void close() {
    Closing all = new Closing();
    all.add(stream);
    products.ifPresent(all::add);
    all.close();
  }
}
