package org.mlora.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.mlora.error.ClosedException;

/**
 * Scorers that threads borrow: as many are opened as have ever been needed at the same time, up to
 * twice the number of processors; more threads than that wait. To borrow one that is idle makes no
 * object and waits for nobody.
 */
final class ScorerPool implements AutoCloseable {
  private static final int MOST = 2 * Runtime.getRuntime().availableProcessors();

  private final Supplier<Scorer> opening;
  private volatile List<Scorer> scorers = List.of();
  private volatile boolean closed;

  ScorerPool(Supplier<Scorer> opening) {
    this.opening = opening;
  }

  /**
   * The caller gives it back, see {@link Scorer#giveBack}.
   *
   * @throws ClosedException when the pool is closed
   */
  Scorer borrow() {
    while (true) {
      requireOpen();
      List<Scorer> all = scorers;
      int count = all.size();
      // A thread finds the same one again, whose memory is in its caches.
      int first = count == 0 ? 0 : System.identityHashCode(Thread.currentThread()) % count;
      for (int i = 0; i < count; i++) {
        int place = first + i;
        Scorer scorer = all.get(place < count ? place : place - count);
        if (scorer.take()) {
          return scorer;
        }
      }
      if (count < MOST) {
        Optional<Scorer> opened = open(count);
        if (opened.isPresent()) {
          return opened.get();
        }
      } else {
        LockSupport.parkNanos(20_000);
      }
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new ClosedException("the predictor");
    }
  }

  /** Opens one more; none where others have been opened since the caller counted. */
  private synchronized Optional<Scorer> open(int counted) {
    requireOpen();
    if (scorers.size() != counted) {
      return Optional.empty();
    }
    Scorer opened = opening.get();
    opened.take();
    List<Scorer> all = new ArrayList<>(scorers);
    all.add(opened);
    scorers = List.copyOf(all);
    return Optional.of(opened);
  }

  /** Waits until all are given back, and closes them. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    scorers.forEach(Scorer::takeForGood);
    scorers.forEach(Scorer::close);
  }
}
