package org.mlora.data;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

/**
 * One field's values for all rows of a split or a batch, in direct buffers of native byte order.
 */
public sealed interface Column {
  /** One id a row. */
  record Ids(IntBuffer ids) implements Column {}

  /**
   * The ids of row i are {@code ids[offsets[i] .. offsets[i + 1])}; offsets has rows + 1 entries.
   */
  record Bags(LongBuffer offsets, IntBuffer ids) implements Column {}

  /** One number a row. */
  record Numbers(FloatBuffer numbers) implements Column {}
}
