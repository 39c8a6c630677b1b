package org.mlora.cuda.gemm;

/** What products are computed from; sums are always kept in single precision. */
public enum Precision {
  /** Operands and products in single precision. */
  FP32(4),
  /** Three products of operands split for the tensor cores, about as exact as {@link #FP32}. */
  TF32X3(4),
  /** Operands in single precision, rounded to 10 bits of mantissa for the tensor cores. */
  TF32(4),
  /** Activations and the weights read in a step are stored as bfloat16. */
  BF16(2);

  private final int elementBytes;

  Precision(int elementBytes) {
    this.elementBytes = elementBytes;
  }

  /** Bytes of an element: an activation, its gradient, a weight as a product reads it. */
  public int elementBytes() {
    return elementBytes;
  }

  /** Its number in {@code mlora_cuda.h}. */
  public int code() {
    return ordinal();
  }
}
