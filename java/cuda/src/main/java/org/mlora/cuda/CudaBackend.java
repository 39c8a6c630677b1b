package org.mlora.cuda;

import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.cuda.engine.CudaEngine;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.runtime.DeviceRuntime;
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

  /**
   * Over a device, which is closed with the backend.
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
  public Engine compile(Network network) {
    return new CudaEngine(runtime, gemm, network, precision);
  }

  @Override
  public void close() {
    runtime.close();
  }
}
