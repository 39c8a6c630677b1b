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
   * @param rowsDone rows of the table read so far; 0 while it is made of other files
   * @param bytesDone bytes of the inputs read so far; 0 where rows are a program's
   * @param bytesTotal size of all inputs, 0 where it is not known
   */
  void advance(long rowsDone, long bytesDone, long bytesTotal);

  /** Ignores all news. */
  static Progress none() {
    return (rows, done, total) -> {};
  }
}
