package org.mlora.cuda.runtime;

/**
 * A queue of work on a device, done in order. Calls return before the work is done. Addresses are
 * the device's; ranges must lie inside what was allocated.
 */
public interface Stream extends AutoCloseable {
  /** The handle that kernels and GEMMs are launched on. */
  long address();

  /** Copies {@code bytes} from host memory at {@code offset} to the device. */
  void upload(PinnedMemory from, int offset, long to, long bytes);

  /** Copies {@code bytes} from the device to host memory at {@code offset}. */
  void download(long from, PinnedMemory to, int offset, long bytes);

  /** Copies within the device. */
  void copy(long from, long to, long bytes);

  /** Sets {@code count} words of 32 bits. */
  void fill(long at, int word, long count);

  /** Marks this place of the queue. */
  void record(Event event);

  /** What follows here waits until the event's mark is reached. */
  void await(Event event);

  /**
   * Queues the work of {@code body} on this stream not to be done but to be recorded. Work that
   * allocates or waits for the device cannot be recorded.
   */
  Graph capture(Runnable body);

  /** Queues all that a graph recorded. */
  void launch(Graph graph);

  /** Waits until all queued work is done. */
  void synchronize();

  @Override
  void close();
}
