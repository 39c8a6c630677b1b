package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.library.gen.MloraCuda;

/** The kernels' step state on the device, and what the host knows of it without asking. */
final class StepState {
  static final int BYTES = 48;

  private static final int LOSS_SUM = 8;
  private static final int LOSS_ROWS = 16;

  private final long address;
  private final Pointer stream;
  private int next;
  private int end;

  StepState(long address, Pointer stream) {
    this.address = address;
    this.stream = stream;
  }

  long address() {
    return address;
  }

  /** Sets steps done and dropout seed; no rows follow. */
  void set(long step, long seed) {
    check(MloraCuda.mlora_cuda_state_set(address, step, seed, 0, 0, stream));
    next = 0;
    end = 0;
  }

  /**
   * Sees to it that the next batch of a capacity is {@code [from, from + count)}; enqueues nothing
   * where it is already, as in the middle of an epoch of full batches.
   *
   * @param last end of the order
   */
  void seek(int from, int count, int capacity, int last) {
    if (from != next || count(capacity) != count) {
      next = from;
      end = count == capacity ? last : from + count;
      check(MloraCuda.mlora_cuda_state_seek(address, next, end, stream));
    }
    next += count;
  }

  /**
   * Rows that a batch of a capacity would have if a kernel advanced now; it does, and nothing is
   * enqueued.
   */
  int advance(int capacity) {
    int count = count(capacity);
    next += count;
    return count;
  }

  private int count(int capacity) {
    return Math.min(capacity, end - next);
  }

  /** First row of the next batch. */
  int next() {
    return next;
  }

  /** Sum of the loss over rows and number of rows since the last call; waits for the device. */
  Loss takeLoss(Transfers transfers) {
    ByteBuffer state = transfers.download(address, BYTES);
    Loss loss = new Loss(state.getDouble(LOSS_SUM), state.getLong(LOSS_ROWS));
    check(MloraCuda.mlora_cuda_state_take_loss(address, stream));
    return loss;
  }

  record Loss(double sum, long rows) {
    double mean() {
      return sum / rows;
    }
  }
}
