package org.mlora.data.npy;

/** Element types that are read and written, all little-endian. */
public enum NpyType {
  /** Whole numbers of 32 bits. */
  INT32("<i4", 4),
  /** Whole numbers of 64 bits. */
  INT64("<i8", 8),
  /** Floats of 32 bits. */
  FLOAT32("<f4", 4),
  /** Floats of 64 bits. */
  FLOAT64("<f8", 8);

  private final String description;
  private final int bytes;

  NpyType(String description, int bytes) {
    this.description = description;
    this.bytes = bytes;
  }

  /** NumPy's name of the type. */
  public String description() {
    return description;
  }

  /** Size of one value. */
  public int bytes() {
    return bytes;
  }
}
