package org.mlora.cuda.gemm.kernels;

import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.library.gen.CudaProduct;
import org.mlora.cuda.runtime.DeviceMemory;

/** Products as the C API takes them. */
public final class Products {
  private Products() {}

  /** The struct of a product; the caller closes it. */
  public static CudaProduct of(Gemm gemm) {
    return new CudaProduct()
        .precision(gemm.precision().code())
        .m(gemm.m())
        .n(gemm.n())
        .k(gemm.k())
        .transpose_a(gemm.transposeA() ? 1 : 0)
        .transpose_b(gemm.transposeB() ? 1 : 0)
        .a(gemm.a())
        .b(gemm.b())
        .c(gemm.c())
        .lda(gemm.lda())
        .ldb(gemm.ldb())
        .ldc(gemm.ldc())
        .c_float(gemm.floatResult() ? 1 : 0)
        .beta(gemm.add() ? 1 : 0)
        .work(0)
        .work_bytes(0);
  }

  /**
   * The same for our own kernels, which cut a long k into pieces where there is room for them.
   *
   * @param workspace scratch memory of the stream
   */
  public static CudaProduct of(Gemm gemm, DeviceMemory workspace) {
    return of(gemm).work(workspace.address()).work_bytes(workspace.bytes());
  }
}
