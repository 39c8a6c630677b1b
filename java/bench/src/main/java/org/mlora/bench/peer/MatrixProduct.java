package org.mlora.bench.peer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** libtorch's product of two square matrices in single precision: what this machine can reach. */
public final class MatrixProduct implements AutoCloseable {
  private static final int SIZE = 1024;

  private final Tensor x = torch.randn(SIZE, SIZE);
  private final Tensor y = torch.randn(SIZE, SIZE);
  private final Tensor product = torch.empty(SIZE, SIZE);

  /** Floating-point operations of one product. */
  public static double flops() {
    return 2.0 * SIZE * SIZE * SIZE;
  }

  /** Multiplies a number of times. */
  public void run(int times) {
    for (int i = 0; i < times; i++) {
      torch.mm_out(product, x, y);
    }
  }

  @Override
  public void close() {
    x.close();
    y.close();
    product.close();
  }
}
