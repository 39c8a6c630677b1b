package org.mlora.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Scorers that threads borrow: as many are opened as have ever been needed at the same time. To
 * borrow one that is idle makes no object and waits for nobody.
 */
final class ScorerPool implements AutoCloseable {
  private final Supplier<Scorer> opening;
  private volatile List<Scorer> scorers = List.of();
  private boolean closed;

  ScorerPool(Supplier<Scorer> opening) {
    this.opening = opening;
  }

  /** The caller gives it back, see {@link Scorer#giveBack}. */
  Scorer borrow() {
    List<Scorer> all = scorers;
    int count = all.size();
    if (count > 0) {
      // A thread finds the same one again, whose memory is in its caches.
      int first = System.identityHashCode(Thread.currentThread()) % count;
      for (int i = 0; i < count; i++) {
        int place = first + i;
        Scorer scorer = all.get(place < count ? place : place - count);
        if (scorer.take()) {
          return scorer;
        }
      }
    }
    return open();
  }

  private synchronized Scorer open() {
    Scorer opened = opening.get();
    opened.take();
    if (closed) {
      opened.close();
      return opened;
    }
    List<Scorer> all = new ArrayList<>(scorers);
    all.add(opened);
    scorers = List.copyOf(all);
    return opened;
  }

  /** Closes all, after the predictions that they are in; what is borrowed later is closed. */
  @Override
  public synchronized void close() {
    closed = true;
    scorers.forEach(Scorer::close);
  }
}
