package org.mlora.checkpoint;

import java.util.List;

/**
 * A tensor of a safetensors file, row-major.
 *
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last one
 */
public record TensorInfo(String name, TensorType type, List<Long> shape, long begin, long end) {
  /** Copies the list. */
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** Elements in all. */
  public long size() {
    return (end - begin) / type.bytes();
  }
}
