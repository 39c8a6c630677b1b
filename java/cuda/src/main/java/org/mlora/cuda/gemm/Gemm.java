package org.mlora.cuda.gemm;

/**
 * One product of row-major matrices on the device: {@code C = op(A) op(B)}, or added to C.
 *
 * @param m rows of C
 * @param n columns of C
 * @param k columns of op(A), rows of op(B)
 * @param a address of A: elements (m, k), or (k, m) where it is transposed
 * @param lda elements from one row of A to the next
 * @param b address of B: elements (k, n), or (n, k) where it is transposed
 * @param ldb elements from one row of B to the next
 * @param c address of C, (m, n)
 * @param ldc elements from one row of C to the next
 * @param floatResult whether C is float whatever the precision; else its elements are as A's
 * @param add whether the product is added to C
 */
public record Gemm(
    Precision precision,
    int m,
    int n,
    int k,
    long a,
    int lda,
    boolean transposeA,
    long b,
    int ldb,
    boolean transposeB,
    long c,
    int ldc,
    boolean floatResult,
    boolean add) {
  public Gemm {
    if (m < 1 || n < 1 || k < 1) {
      throw new IllegalArgumentException("a product of size " + m + " x " + n + " x " + k);
    }
    if (lda < (transposeA ? m : k) || ldb < (transposeB ? k : n) || ldc < n) {
      throw new IllegalArgumentException("rows overlap: strides " + lda + ", " + ldb + ", " + ldc);
    }
  }
}
