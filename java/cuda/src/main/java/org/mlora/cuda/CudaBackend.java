package org.mlora.cuda;

import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.cuda.engine.CudaEngine;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.error.ClosedException;
import org.mlora.network.Network;

/**
 * Runs networks on one CUDA device. A training of one seed and precision ends in the same bits
 * whenever it is run on the same kind of device; products of batches of other sizes may round
 * otherwise, as cuBLAS chooses its kernels by size.
 */
public final class CudaBackend implements Backend {
  private final DeviceRuntime runtime;
  private final GemmProvider gemm;
  private final Precision precision;
  private int engines;
  private boolean closed;

  /**
   * Over a device, which is closed with the backend, or with its last engine where that comes
   * later.
   *
   * @param gemm who computes the products of the backbone
   * @param precision what products are computed from
   */
  public CudaBackend(DeviceRuntime runtime, GemmProvider gemm, Precision precision) {
    this.runtime = runtime;
    this.gemm = gemm;
    this.precision = precision;
  }

  /** The device. */
  public DeviceRuntime runtime() {
    return runtime;
  }

  /** Who computes the products of the backbone. */
  public GemmProvider gemm() {
    return gemm;
  }

  @Override
  public String description() {
    return "CUDA, " + runtime.facts() + ", " + gemm.description() + ", " + precision.word();
  }

  @Override
  public synchronized Engine compile(Network network) {
    if (closed) {
      throw new ClosedException("the backend");
    }
    Engine engine = new CudaEngine(runtime, gemm, network, precision, this::engineClosed);
    engines++;
    return engine;
  }

  private synchronized void engineClosed() {
    engines--;
    if (closed && engines == 0) {
      runtime.close();
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (engines == 0) {
        runtime.close();
      }
    }
  }
}
