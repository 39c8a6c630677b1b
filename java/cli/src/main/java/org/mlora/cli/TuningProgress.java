package org.mlora.cli;

import org.mlora.cli.terminal.StatusLine;
import org.mlora.error.DivergedException;
import org.mlora.train.TrainingListener;
import org.mlora.train.Tuner;

/**
 * Shows how far a search is.
 *
 * @param label what is searched
 */
record TuningProgress(StatusLine status, String label) implements Tuner.Observer {
  @Override
  public TrainingListener started(Tuner.Run run) {
    return new TrainingProgress(status, name(run), run.config().earlyStop());
  }

  @Override
  public void diverged(Tuner.Run run, DivergedException why) {
    status.tell("mlora: " + name(run) + " counts as worst: " + why.getMessage());
  }

  private String name(Tuner.Run run) {
    return "%s, candidate %d, seed %d (%d/%d)"
        .formatted(label, run.candidate(), run.config().seed(), run.number(), run.total());
  }
}
