package org.mlora.checkpoint;

import java.util.Arrays;
import java.util.Optional;

/** Element types of the safetensors format. Only {@link #F32} is read and written here. */
public enum TensorType {
  /** A byte, 0 or 1. */
  BOOL(1),
  /** Whole numbers from 0, of 8 bits. */
  U8(1),
  /** Whole numbers of 8 bits. */
  I8(1),
  /** Floats of 8 bits, 5 of them the exponent. */
  F8_E5M2(1),
  /** Floats of 8 bits, 4 of them the exponent. */
  F8_E4M3(1),
  /** Whole numbers of 16 bits. */
  I16(2),
  /** Whole numbers from 0, of 16 bits. */
  U16(2),
  /** IEEE floats of 16 bits. */
  F16(2),
  /** The upper half of {@link #F32}. */
  BF16(2),
  /** Whole numbers of 32 bits. */
  I32(4),
  /** Whole numbers from 0, of 32 bits. */
  U32(4),
  /** IEEE floats of 32 bits. */
  F32(4),
  /** Whole numbers of 64 bits. */
  I64(8),
  /** Whole numbers from 0, of 64 bits. */
  U64(8),
  /** IEEE floats of 64 bits. */
  F64(8);

  private final int bytes;

  TensorType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of an element. */
  public int bytes() {
    return bytes;
  }

  static Optional<TensorType> of(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }
}
