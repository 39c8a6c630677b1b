package org.mlora.backend;

/**
 * How a device is to compute, where it leaves a choice.
 *
 * @param precision what products are computed from: {@code fp32}, {@code 3xtf32}, {@code tf32} or
 *     {@code bf16}
 * @param gemm who multiplies matrices, by name, or {@code auto} for the first that works
 */
public record DeviceOptions(String precision, String gemm) {
  /** Single precision, and the first way to products that works. */
  public static final DeviceOptions DEFAULT = new DeviceOptions("fp32", "auto");
}
