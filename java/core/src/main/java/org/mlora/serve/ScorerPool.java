package org.mlora.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.mlora.error.ClosedException;

/**
 * Scorers that threads borrow: as many are opened as have ever been needed at the same time, up to
 * twice the number of processors; more threads than that wait. To borrow one that is idle makes no
 * object, waits for nobody, and writes to no memory that other threads write to.
 *
 * <p>Threads that find none stand in a line, whose first is told when one is given back. A thread
 * that comes by may be quicker, which keeps processors from changing threads at every call; but
 * once the first has waited a tenth of a millisecond, all others stand behind it.
 */
final class ScorerPool implements AutoCloseable {
  static final int MOST = 2 * Runtime.getRuntime().availableProcessors();

  private static final long PATIENCE_NANOS = 100_000;

  private final Supplier<Scorer> opening;
  private volatile List<Scorer> scorers = List.of();
  private volatile boolean closed;

  /** Held by the first of the line; fair. */
  private final Lock line = new ReentrantLock(true);

  /** Tells the first of the line that a scorer was given back. */
  private final Semaphore told = new Semaphore(0);

  /** Since when the first of the line waits, as {@link System#nanoTime}; 0: nobody does. */
  private volatile long waitsSince;

  ScorerPool(Supplier<Scorer> opening) {
    this.opening = opening;
  }

  /**
   * The caller gives it back. A thread that is interrupted waits all the same, and stays
   * interrupted.
   *
   * @throws ClosedException when the pool is closed
   */
  Scorer borrow() {
    requireOpen();
    List<Scorer> all = scorers;
    int place = overdue() ? -1 : take(all);
    return place < 0 ? stoodInLineFor() : all.get(place);
  }

  /** Leaves a scorer to the next thread. */
  void giveBack(Scorer scorer) {
    scorer.giveBack();
    if (waitsSince != 0) {
      told.release();
    }
  }

  private boolean overdue() {
    long since = waitsSince;
    return since != 0 && System.nanoTime() - since > PATIENCE_NANOS;
  }

  private void requireOpen() {
    if (closed) {
      throw new ClosedException("the predictor");
    }
  }

  /** Takes one that is idle, and gives its place; -1 where none is. */
  private static int take(List<Scorer> all) {
    int count = all.size();
    // A thread finds the same one again, whose memory is in its caches.
    int first = count == 0 ? 0 : System.identityHashCode(Thread.currentThread()) % count;
    for (int i = 0; i < count; i++) {
      int place = first + i < count ? first + i : first + i - count;
      if (all.get(place).take()) {
        return place;
      }
    }
    return -1;
  }

  private Scorer stoodInLineFor() {
    line.lock();
    try {
      waitsSince = System.nanoTime() | 1; // before it looks: what is given back later is told
      while (true) {
        requireOpen();
        List<Scorer> all = scorers;
        int place = take(all);
        if (place >= 0) {
          return all.get(place);
        }
        if (all.size() < MOST) {
          return open();
        }
        waitToBeTold();
      }
    } finally {
      waitsSince = 0;
      line.unlock();
    }
  }

  private void waitToBeTold() {
    told.acquireUninterruptibly();
    told.drainPermits();
  }

  private Scorer open() {
    Scorer opened = opening.get();
    opened.take();
    List<Scorer> all = new ArrayList<>(scorers);
    all.add(opened);
    scorers = List.copyOf(all);
    return opened;
  }

  /** Waits until all are given back, and closes them; those that stand in line are refused. */
  @Override
  public void close() {
    closed = true;
    told.release();
    line.lock();
    try {
      waitsSince = System.nanoTime() | 1;
      for (Scorer scorer : scorers) {
        while (!scorer.take()) {
          waitToBeTold();
        }
      }
      scorers.forEach(Scorer::close);
      scorers = List.of();
    } finally {
      waitsSince = 0;
      line.unlock();
    }
  }
}
