package org.mlora.cuda.runtime;

/** A mark in the queue of a stream. */
public interface Event extends AutoCloseable {
  /** Waits until the last recorded mark is reached; returns at once if there is none. */
  void synchronize();

  /**
   * Time from the mark of {@code start} to the mark of this event, both reached, in milliseconds.
   */
  float millisecondsSince(Event start);

  @Override
  void close();
}
