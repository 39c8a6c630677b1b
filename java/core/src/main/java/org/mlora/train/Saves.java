package org.mlora.train;

import org.mlora.backend.Engine;
import org.mlora.error.DivergedException;

/** What a training saves of an engine, none of which ever holds NaN or infinity. */
final class Saves {
  private final Engine engine;
  private final Keeper keeper;
  private final TrainingListener listener;
  private long lastNanos = System.nanoTime();

  /**
   * Saves of an engine.
   *
   * @param listener hears of states that the training can go on from
   */
  Saves(Engine engine, Keeper keeper, TrainingListener listener) {
    this.engine = engine;
    this.keeper = keeper;
    this.listener = listener;
  }

  Keeper keeper() {
    return keeper;
  }

  /** When the last state was saved, as {@link System#nanoTime}. */
  long lastNanos() {
    return lastNanos;
  }

  /** Writes the best weights into the engine; moments and step stay. */
  void restoreBest() {
    keeper.restoreBest(engine);
  }

  /** Saves the state to go on from. */
  void last(TrainingState state, Phase phase) {
    try {
      keeper.keepLast(engine, state).ifPresent(listener::saved);
    } catch (DivergedException e) {
      throw diverged(state, phase, e);
    }
    lastNanos = System.nanoTime();
  }

  /** Saves the weights as the best so far. */
  void best(TrainingState state, Phase phase) {
    try {
      keeper.keepBest(engine, state);
    } catch (DivergedException e) {
      throw diverged(state, phase, e);
    }
  }

  /** What is thrown of weights that are no numbers any more. */
  DivergedException diverged(TrainingState state, Phase phase, DivergedException cause) {
    return new DivergedException(
        "the weights are no numbers any more after step "
            + state.engineStep()
            + " of phase '"
            + phase.label()
            + "' ("
            + cause.getMessage()
            + "); "
            + keeper.lastGood()
            + "; lower the learning rate",
        cause);
  }
}
