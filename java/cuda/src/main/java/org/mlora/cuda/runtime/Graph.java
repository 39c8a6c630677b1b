package org.mlora.cuda.runtime;

/** Recorded work that can be queued again and again, see {@link Stream#capture}. */
public interface Graph extends AutoCloseable {
  @Override
  void close();
}
