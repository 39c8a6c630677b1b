package org.mlora.backend;

import java.nio.FloatBuffer;
import org.mlora.data.Columns;
import org.mlora.error.ClosedException;
import org.mlora.network.Network;

/** A session of an engine that computes for one thread at a time: others wait for their turn. */
public final class TurnSession implements Session {
  private final Engine engine;
  private volatile boolean closed;

  /** Predicts from an engine, which is not closed with it. */
  public TurnSession(Engine engine) {
    this.engine = engine;
  }

  @Override
  public Network network() {
    return engine.network();
  }

  @Override
  public Resident load(Columns columns) {
    synchronized (engine) {
      requireOpen();
      return engine.load(columns);
    }
  }

  @Override
  public void predict(
      Resident data, int from, int count, FloatBuffer logits, FloatBuffer probabilities) {
    synchronized (engine) {
      requireOpen();
      engine.predict(data, from, count, logits, probabilities);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new ClosedException("the session");
    }
  }

  /** Waits for a prediction in progress on another thread. */
  @Override
  public void close() {
    synchronized (engine) {
      closed = true;
    }
  }
}
