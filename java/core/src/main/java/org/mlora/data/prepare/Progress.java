package org.mlora.data.prepare;

/**
 * Is told how far reading has come, a few times a second at most, and again between the steps that
 * follow it. May throw to end the work, which then leaves nothing.
 */
@FunctionalInterface
public interface Progress {
  /**
   * Called on the preparing thread.
   *
   * @param bytesTotal size of all inputs, 0 where it is not known
   */
  void advance(long bytesDone, long bytesTotal);

  /** Ignores all news. */
  static Progress none() {
    return (done, total) -> {};
  }
}
