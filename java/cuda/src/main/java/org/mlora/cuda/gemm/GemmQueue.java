package org.mlora.cuda.gemm;

/** Products on one stream; they may be captured, once each shape was computed outside a capture. */
public interface GemmQueue extends AutoCloseable {
  /** Queues a product of any precision but {@link Precision#TF32X3}, which our kernels compute. */
  void multiply(Gemm gemm);

  @Override
  void close();
}
