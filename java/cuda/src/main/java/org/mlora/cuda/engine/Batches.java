package org.mlora.cuda.engine;

import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Queues passes over batches. Where rows lie in place, a pass lists the batch after its own too,
 * beside its own work; batches take the two seats for lists in turn, and a state of their own is
 * always a batch ahead.
 */
final class Batches {
  private final WorkSpace space;
  private final Lanes lanes;
  private final StepState ahead;
  private Optional<WorkSpace.Prepared> listedFor = Optional.empty();
  private int seat;
  private int from;
  private int count;

  Batches(WorkSpace space, Lanes lanes, StepState ahead) {
    this.space = space;
    this.lanes = lanes;
    this.ahead = ahead;
  }

  /**
   * Queues work on a batch.
   *
   * @param state of the work
   * @param listsNext whether the batch after this one may be listed already
   * @param list queues the lists of a batch, as far as a pass before did not
   * @param work queues all else; with where the next batch is listed, or else its own lists too
   */
  void run(
      WorkSpace.Prepared pass,
      LoadedColumns.Batch batch,
      StepState state,
      boolean listsNext,
      Consumer<Pass.Place> list,
      BiConsumer<Pass.Place, Optional<Pass.Place>> work) {
    int capacity = pass.pass().capacity();
    state.seek(batch.from(), batch.count(), capacity, batch.end());
    if (!listsNext) {
      forget();
      space.run(pass, 0, base -> work.accept(place(base, state, batch, 0), Optional.empty()));
      return;
    }
    int own = seat;
    int other = 1 - seat;
    if (!isListed(pass, batch)) {
      ahead.seek(batch.from(), batch.count(), capacity, batch.end());
      list.accept(place(space.borrow(pass.pass().bytes()), ahead, batch, own));
    }
    space.run(
        pass,
        own,
        base ->
            work.accept(
                place(base, state, batch, own), Optional.of(place(base, ahead, batch, other))));
    listedFor = Optional.of(pass);
    seat = other;
    from = ahead.next();
    count = ahead.advance(capacity);
  }

  private boolean isListed(WorkSpace.Prepared pass, LoadedColumns.Batch batch) {
    return listedFor.filter(p -> p == pass).isPresent()
        && from == batch.from()
        && count == batch.count();
  }

  private Pass.Place place(long base, StepState state, LoadedColumns.Batch batch, int in) {
    return new Pass.Place(base, state.address(), batch.order(), in, lanes);
  }

  /** What is listed counts no longer: rows are others, or something else was written there. */
  void forget() {
    listedFor = Optional.empty();
  }

  /** After a failure, when nobody knows any more what is listed and how far the state ahead is. */
  void reset() {
    forget();
    ahead.set(0, 0);
  }
}
