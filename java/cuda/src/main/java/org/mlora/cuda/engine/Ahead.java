package org.mlora.cuda.engine;

import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Which batch of an epoch is listed already. Batches take the two seats for lists in turn, and a
 * state of their own is always a batch ahead of that of training.
 */
final class Ahead {
  private final StepState state;
  private Optional<WorkSpace.Prepared> pass = Optional.empty();
  private int seat;
  private int from;
  private int count;

  Ahead(StepState state) {
    this.state = state;
  }

  /** Address of the step state. */
  long state() {
    return state.address();
  }

  /**
   * The seat where a batch is listed.
   *
   * @param of the pass that it is listed for
   * @param rows of the batch
   * @param list queues its lists into a seat, where the step before did not, and moves the state on
   */
  int seatOf(WorkSpace.Prepared of, LoadedColumns.Batch batch, int rows, IntConsumer list) {
    boolean listed = pass.filter(p -> p == of).isPresent() && from == batch.from() && count == rows;
    if (!listed) {
      state.seek(batch.from(), rows, of.pass().capacity(), batch.end());
      list.accept(seat);
    }
    return seat;
  }

  /** Told that a step is queued, which lists the batch after it. */
  void stepped(WorkSpace.Prepared by) {
    pass = Optional.of(by);
    seat = 1 - seat;
    from = state.next();
    count = state.advance(by.pass().capacity());
  }

  /** What is listed counts no longer: rows are others, or something else was written there. */
  void forget() {
    pass = Optional.empty();
  }
}
