package org.mlora.cuda.gemm;

/** Products on one stream; they may be captured, once each shape was computed outside a capture. */
public interface GemmQueue extends AutoCloseable {
  /** Queues a product. */
  void multiply(Gemm gemm);

  @Override
  void close();
}
