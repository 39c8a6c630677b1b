package org.mlora.cuda.gemm;

/** The few calls of cuBLAS that are needed, by whichever binding; each throws on failure. */
public interface CublasHandle extends AutoCloseable {
  /** Version of the library, for example 130002. */
  int version();

  void setStream(long stream);

  /** To be called after {@link #setStream}, which resets it. */
  void setWorkspace(long address, long bytes);

  /** {@code cublasGemmEx}, column-major, with alpha and beta in host memory and C in float. */
  void gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int lda,
      long b,
      int ldb,
      int operandType,
      float beta,
      long c,
      int ldc,
      int computeType);

  @Override
  void close();
}
