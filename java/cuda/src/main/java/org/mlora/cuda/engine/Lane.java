package org.mlora.cuda.engine;

import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.GemmQueue;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Stream;

/**
 * A stream, and matrix products on it.
 *
 * @param queue the stream as the bindings take it
 * @param workspace scratch memory of its products
 */
record Lane(Stream stream, Pointer queue, DeviceMemory workspace, GemmQueue gemm)
    implements AutoCloseable {
  static Lane open(DeviceRuntime runtime, GemmProvider provider) {
    Closing made = new Closing();
    try {
      Stream stream = made.add(runtime.stream());
      DeviceMemory workspace = made.add(runtime.allocate(GemmProvider.WORKSPACE_BYTES, "cuBLAS"));
      return new Lane(
          stream, Kernels.stream(stream.address()), workspace, provider.open(stream, workspace));
    } catch (RuntimeException e) {
      made.closeAfter(e);
      throw e;
    }
  }

  @Override
  public void close() {
    Closing all = new Closing();
    all.add(stream);
    all.add(workspace);
    all.add(gemm);
    all.close();
  }
}
