package org.mlora.cuda.engine;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what was added, the last first; a failure does not keep the rest from being closed. */
final class Closing implements AutoCloseable {
  private final Deque<AutoCloseable> all = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T closeable) {
    all.push(closeable);
    return closeable;
  }

  /** Closes all after a failure, to which further ones are added. */
  void closeAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    RuntimeException failure = null;
    while (!all.isEmpty()) {
      try {
        all.pop().close();
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      } catch (Exception e) {
        failure = failure == null ? new IllegalStateException(e) : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
