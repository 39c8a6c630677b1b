package org.mlora.cuda.gemm;

/**
 * One product of row-major matrices on the device: {@code C = alpha op(A) op(B) + beta C}.
 *
 * @param m rows of C
 * @param n columns of C
 * @param k columns of op(A), rows of op(B)
 * @param a address of A: (m, k), or (k, m) where it is transposed
 * @param lda elements from one row of A to the next
 * @param b address of B: (k, n), or (n, k) where it is transposed
 * @param ldb elements from one row of B to the next
 * @param c address of C, (m, n) in single precision
 * @param ldc elements from one row of C to the next
 */
public record Gemm(
    Precision precision,
    int m,
    int n,
    int k,
    float alpha,
    long a,
    int lda,
    boolean transposeA,
    long b,
    int ldb,
    boolean transposeB,
    float beta,
    long c,
    int ldc) {
  public Gemm {
    if (m < 1 || n < 1 || k < 1) {
      throw new IllegalArgumentException("a product of size " + m + " x " + n + " x " + k);
    }
    if (lda < (transposeA ? m : k) || ldb < (transposeB ? k : n) || ldc < n) {
      throw new IllegalArgumentException(
          "rows overlap: strides " + lda + ", " + ldb + ", " + ldc);
    }
  }
}
