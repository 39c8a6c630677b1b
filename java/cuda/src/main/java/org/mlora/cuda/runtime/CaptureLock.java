package org.mlora.cuda.runtime;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Keeps recordings and calls that wait for the whole device apart. CUDA refuses to wait for a
 * device while any stream of the process is recorded on it, and the recording is lost with that;
 * and calls wait that do not say so, as the destruction of a handle of cuBLAS does. So an engine
 * that is closed would break the recording of another one, which only began to serve.
 *
 * <p>One lock for the process, as engines of several backends share a device's context. Recordings
 * go side by side; the other calls go one by one, when nothing is recorded. Replays need no lock.
 *
 * <p>It is the last lock that is taken: both sides come with the monitor of their engine, its
 * backend or a memory pool, and what they do under it takes none that anybody may hold while
 * waiting for it. For that a recording must not allocate, free, open or close anything, which
 * {@link Stream#capture} does not allow either.
 */
public final class CaptureLock {
  private static final ReentrantReadWriteLock LOCK = new ReentrantReadWriteLock();

  private CaptureLock() {}

  /** Records, while nobody waits for the device. */
  public static <T> T recording(Supplier<T> work) {
    return under(LOCK.readLock(), work);
  }

  /**
   * Does what waits for the device or may, while nothing is recorded.
   *
   * @throws IllegalStateException within a recording, which it would wait for
   */
  public static <T> T waiting(Supplier<T> work) {
    if (LOCK.getReadHoldCount() > 0) {
      throw new IllegalStateException("a recording cannot hold what waits for the device");
    }
    return under(LOCK.writeLock(), work);
  }

  /** The same without a result. */
  public static void waiting(Runnable work) {
    waiting(
        () -> {
          work.run();
          return true;
        });
  }

  private static <T> T under(Lock lock, Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }
}
