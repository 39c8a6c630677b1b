package org.mlora.cuda.gemm;

/** What a product is computed from; sums are always kept in single precision. */
public enum Precision {
  /** Operands and products in single precision. */
  FP32(0, 68),
  /** Operands in single precision, rounded to 10 bits of mantissa for the tensor cores. */
  TF32(0, 77),
  /** Operands stored as bfloat16. */
  BF16(14, 68);

  private final int operandType;
  private final int computeType;

  Precision(int operandType, int computeType) {
    this.operandType = operandType;
    this.computeType = computeType;
  }

  /** cuBLAS's {@code cudaDataType} of both operands. */
  int operandType() {
    return operandType;
  }

  /** cuBLAS's {@code cublasComputeType_t}. */
  int computeType() {
    return computeType;
  }
}
