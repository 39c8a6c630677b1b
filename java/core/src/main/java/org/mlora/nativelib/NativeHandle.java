package org.mlora.nativelib;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.mlora.error.ClosedException;
import org.slf4j.LoggerFactory;

/**
 * Owns one native object - of a library's binding, or memory, a stream or a graph of a device - and
 * destroys it when closed. An owner that is forgotten is destroyed when it is collected, and
 * counted as leaked.
 *
 * <p>A caller of the binding holds the monitor of every handle it uses until the call has returned:
 * calls of other threads then wait, and so does {@link #close}.
 *
 * @param <T> what names the object: its class in the binding, or a record of its address
 */
public final class NativeHandle<T> implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final AtomicLong LIVE = new AtomicLong();
  private static final AtomicLong LEAKED = new AtomicLong();

  private final T pointer;
  private final Destruction<T> destruction;
  private final Cleaner.Cleanable cleanable;

  /**
   * Takes over an object.
   *
   * @param what its owner knows it as, for messages, for example {@code the session}
   * @param pointer the object
   * @param destroy gives its memory back; called once
   */
  public NativeHandle(String what, T pointer, Consumer<T> destroy) {
    this.pointer = pointer;
    this.destruction = new Destruction<>(what, pointer, destroy, new AtomicBoolean());
    LIVE.incrementAndGet();
    this.cleanable = CLEANER.register(this, destruction);
  }

  /** Objects that are owned and not yet destroyed, in this process. */
  public static long live() {
    return LIVE.get();
  }

  /** Objects whose owners were collected without being closed, since the process started. */
  public static long leaked() {
    return LEAKED.get();
  }

  /**
   * The object, for a call of the binding; the caller holds the monitor of this handle.
   *
   * @throws ClosedException when the handle is closed
   */
  public T pointer() {
    if (destruction.closed.get()) {
      throw new ClosedException(destruction.what);
    }
    return pointer;
  }

  @Override
  public synchronized void close() {
    destruction.closed.set(true);
    cleanable.clean();
  }

  /** Must not refer to the handle, which would never be collected then. */
  private record Destruction<T>(String what, T pointer, Consumer<T> destroy, AtomicBoolean closed)
      implements Runnable {
    @Override
    public void run() {
      if (!closed.get()) {
        LEAKED.incrementAndGet();
        LoggerFactory.getLogger(NativeHandle.class).warn("{} was not closed by its owner", what);
      }
      destroy.accept(pointer);
      LIVE.decrementAndGet();
    }
  }
}
