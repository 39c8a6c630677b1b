package org.mlora.backend;

import java.nio.FloatBuffer;
import org.mlora.data.Columns;
import org.mlora.network.Network;

/**
 * Predictions of a network, from parameters on a device. Used by one thread at a time; {@link
 * Engine#share} opens one for each thread.
 *
 * <p>Each row's logit is the same to the bit in any batch, with any number of threads and in any
 * session of the same parameters.
 */
public interface Session extends AutoCloseable {
  /** What it predicts by. */
  Network network();

  /** Makes the columns readable by the device; the caller closes what it gets. */
  Resident load(Columns columns);

  /**
   * Predictions for rows {@code [from, from + count)} in stored order.
   *
   * @param logits receives count logits from its position on, or is empty (capacity 0); keeps its
   *     position and limit, as does the other
   * @param probabilities receives count sigmoids of logits, or is empty
   */
  void predict(Resident data, int from, int count, FloatBuffer logits, FloatBuffer probabilities);

  @Override
  void close();

  /** Columns that the device can read. */
  interface Resident extends AutoCloseable {
    /** How many rows were loaded. */
    int rows();

    /**
     * Tells that the numbers of the first rows have changed since they were loaded or last told of.
     * Rows that have changed without being told of must not be read.
     */
    default void changed(int rows) {}

    @Override
    void close();
  }
}
