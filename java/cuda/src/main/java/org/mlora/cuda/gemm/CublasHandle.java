package org.mlora.cuda.gemm;

/** The few calls of cuBLAS that are needed, by whichever binding; each throws on failure. */
public interface CublasHandle extends AutoCloseable {
  /** {@code CUDA_R_32F}. */
  int FLOAT = 0;

  /** {@code CUDA_R_16BF}. */
  int BFLOAT16 = 14;

  /** {@code CUBLAS_COMPUTE_32F}. */
  int COMPUTE_FLOAT = 68;

  /** {@code CUBLAS_COMPUTE_32F_PEDANTIC}, which no environment variable makes TF32. */
  int COMPUTE_EXACT = 69;

  /** {@code CUBLAS_COMPUTE_32F_FAST_TF32}. */
  int COMPUTE_TF32 = 77;

  /**
   * {@code CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION}: parts of a sum are not added up in
   * the type of the result, bf16.
   */
  int SUMS_IN_FLOAT = 16;

  /** {@code CUBLAS_GEMM_DEFAULT}. */
  int DEFAULT_ALGORITHM = -1;

  void setMathMode(int mode);

  void setStream(long stream);

  /** To be called after {@link #setStream}, which resets it. */
  void setWorkspace(long address, long bytes);

  /** {@code cublasGemmEx} with alpha 1. */
  void multiply(ColumnMajor product);

  @Override
  void close();

  /**
   * Arguments of {@code cublasGemmEx}, whose matrices are column-major.
   *
   * @param operandType of A and B
   * @param beta 0 or 1
   */
  record ColumnMajor(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      long a,
      int lda,
      long b,
      int ldb,
      int operandType,
      float beta,
      long c,
      int ldc,
      int resultType,
      int computeType) {
    /** Row-major C = A B is column-major Cᵀ = Bᵀ Aᵀ over the same memory. */
    static ColumnMajor of(Gemm g) {
      int elements = g.precision() == Precision.BF16 ? BFLOAT16 : FLOAT;
      return new ColumnMajor(
          g.transposeB(),
          g.transposeA(),
          g.n(),
          g.m(),
          g.k(),
          g.b(),
          g.ldb(),
          g.a(),
          g.lda(),
          elements,
          g.add() ? 1 : 0,
          g.c(),
          g.ldc(),
          g.floatResult() ? FLOAT : elements,
          computeType(g.precision()));
    }

    private static int computeType(Precision precision) {
      return switch (precision) {
        case FP32 -> COMPUTE_EXACT;
        case TF32 -> COMPUTE_TF32;
        case BF16 -> COMPUTE_FLOAT;
        case TF32X3 ->
            throw new IllegalArgumentException("cuBLAS has no products of split operands");
      };
    }
  }
}
