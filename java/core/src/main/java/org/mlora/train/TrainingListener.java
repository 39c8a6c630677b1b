package org.mlora.train;

import java.nio.file.Path;

/** Hears how a training goes on; called on the training thread, which waits for it. */
public interface TrainingListener {
  /** A few times a second. */
  default void progress(Progress progress) {}

  /** After the validation of an epoch. */
  default void epochEnded(EpochRecord epoch) {}

  /** After a state was saved from which the training can go on. */
  default void saved(Path folder) {}

  /** At the end, where something about the result should not go unseen: one sentence. */
  default void warned(String what) {}

  /**
   * How far an epoch is.
   *
   * @param epoch counts on through all phases, from 1
   * @param step steps done of {@code steps} in this epoch
   * @param samplesPerSecond training rows a second in this epoch, in this process
   * @param loss mean loss of the epoch so far, without L2, dropout active
   * @param secondsLeft estimate for the rest of this epoch, without validation
   */
  record Progress(
      int epoch,
      Phase phase,
      int step,
      int steps,
      double samplesPerSecond,
      double loss,
      double secondsLeft) {}
}
