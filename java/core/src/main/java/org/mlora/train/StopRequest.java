package org.mlora.train;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.mlora.error.InterruptedOperationException;

/**
 * The wish of any thread that trainings stop, or end with the best weights they have, and a way to
 * wait until they have stopped.
 */
final class StopRequest {
  private volatile boolean made;
  private volatile boolean ending;
  private int running;

  /** Makes it; it cannot be taken back. */
  void make() {
    made = true;
  }

  /**
   * Whether it was made; asked by the thread that trains.
   *
   * @throws InterruptedOperationException where that thread is interrupted
   */
  boolean isMade() {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedOperationException(
          "the thread was interrupted while it trained; a run goes on from what it saved last");
    }
    return made;
  }

  /** Makes it one for the end with the best weights; it cannot be taken back. */
  void end() {
    ending = true;
  }

  /** Whether trainings are to end with the best weights that they have, and not to stop. */
  boolean isEnding() {
    return ending && !made;
  }

  /** Does what {@link #makeAndWait} waits for. */
  <T> T during(Supplier<T> training) {
    count(1);
    try {
      return training.get();
    } finally {
      count(-1);
    }
  }

  private synchronized void count(int more) {
    running += more;
    notifyAll();
  }

  /** Makes it, and waits; whether all trainings have ended in time, and this thread could wait. */
  synchronized boolean makeAndWait(Duration most) {
    make();
    Duration longest = Duration.ofNanos(Long.MAX_VALUE); // 292 years
    long nanos = most.compareTo(longest) < 0 ? most.toNanos() : Long.MAX_VALUE;
    long end = System.nanoTime() + nanos;
    try {
      while (running > 0 && end - System.nanoTime() > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, end - System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return running == 0;
  }
}
