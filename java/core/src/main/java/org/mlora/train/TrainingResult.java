package org.mlora.train;

import java.util.List;
import org.mlora.serve.MloraModel;

/** What a training gave; closes its model. */
public final class TrainingResult implements AutoCloseable {
  private final MloraModel model;
  private final boolean stopped;
  private final TrainingState state;

  TrainingResult(MloraModel model, boolean stopped, TrainingState state) {
    this.model = model;
    this.stopped = stopped;
    this.state = state;
  }

  /**
   * The model with its best weights; where the training was stopped, with its last weights, see
   * {@link Trainer#stop}.
   */
  public MloraModel model() {
    return model;
  }

  /** Whether it was stopped before its end; the run can be resumed. */
  public boolean stopped() {
    return stopped;
  }

  /**
   * The epochs of all phases. What validation says of each domain is left out: a {@link
   * TrainingListener} is told, and a run's {@code metrics.jsonl} has it.
   */
  public List<EpochRecord> history() {
    return state.history();
  }

  /** The epoch whose weights are best, counted from 1; 0 where no epoch ended. */
  public int bestEpoch() {
    return state.bestEpoch();
  }

  /**
   * The result of the best weights on validation rows, by {@link TrainingConfig#earlyStop}; NaN
   * where nothing was validated.
   */
  public double validation() {
    return state.best().orElse(Double.NaN);
  }

  /** Time spent on training and validation, in all processes. */
  public double seconds() {
    return state.seconds();
  }

  /** Training rows a second over all finished epochs, validation left out; NaN without epochs. */
  public double samplesPerSecond() {
    double rows = 0;
    double seconds = 0;
    for (EpochRecord epoch : state.history()) {
      rows += epoch.samplesPerSecond() * epoch.trainSeconds();
      seconds += epoch.trainSeconds();
    }
    return rows / seconds;
  }

  @Override
  public void close() {
    model.close();
  }
}
