package org.mlora.cuda.gemm;

import java.util.function.Supplier;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.Stream;

/** cuBLAS through one of its bindings. */
public final class CublasProvider implements GemmProvider {
  private final String name;
  private final String library;
  private final Supplier<CublasHandle> handles;

  /**
   * @param library file of cuBLAS that the binding uses
   * @param handles makes handles for the current device
   */
  public CublasProvider(String name, String library, Supplier<CublasHandle> handles) {
    this.name = name;
    this.library = library;
    this.handles = handles;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return name + ", " + library;
  }

  @Override
  public GemmQueue open(Stream stream, DeviceMemory workspace) {
    CublasHandle handle = handles.get();
    try {
      handle.setMathMode(CublasHandle.SUMS_IN_FLOAT);
      handle.setStream(stream.address());
      handle.setWorkspace(workspace.address(), workspace.bytes());
      return new Queue(handle);
    } catch (Throwable e) {
      handle.close();
      throw e;
    }
  }

  private record Queue(CublasHandle handle) implements GemmQueue {
    @Override
    public void multiply(Gemm gemm) {
      handle.multiply(CublasHandle.ColumnMajor.of(gemm));
    }

    @Override
    public void close() {
      handle.close();
    }
  }
}
