package org.mlora.backend;

import java.util.List;

/**
 * How a device is to compute, where it leaves a choice.
 *
 * @param precision what products are computed from, one of {@link #PRECISIONS}
 * @param gemm who multiplies matrices, one of {@link #PRODUCTS}
 */
public record DeviceOptions(String precision, String gemm) {
  /** Precisions by name; sums are in single precision with all of them. */
  public static final List<String> PRECISIONS = List.of("fp32", "3xtf32", "tf32", "bf16");

  /** Ways to matrix products by name; {@code auto} is the first of the others that works. */
  public static final List<String> PRODUCTS =
      List.of("auto", "jcublas", "javacpp", "native", "kernels");

  /** Single precision, and the first way to products that works. */
  public static final DeviceOptions DEFAULT = new DeviceOptions("fp32", "auto");
}
