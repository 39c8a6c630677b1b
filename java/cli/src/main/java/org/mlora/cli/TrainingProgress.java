package org.mlora.cli;

import java.util.Locale;
import java.util.Optional;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.metric.Metric;
import org.mlora.report.NumberText;
import org.mlora.train.EpochRecord;
import org.mlora.train.TrainingListener;

/** Shows how far a training is: a bar on a terminal, plain lines elsewhere. */
final class TrainingProgress implements TrainingListener {
  private static final int BAR = 12;

  private final StatusLine status;
  private final String run;
  private final Metric watched;
  private Optional<EpochRecord> last = Optional.empty();

  /**
   * Begins the lines of one training.
   *
   * @param run which training it is, empty where there is only one
   * @param watched the validation metric that is shown
   */
  TrainingProgress(StatusLine status, String run, Metric watched) {
    this.status = status;
    this.run = run.isEmpty() ? "" : run + "  ";
    this.watched = watched;
  }

  @Override
  public void progress(Progress progress) {
    status.update(() -> line(progress));
  }

  private String line(Progress progress) {
    double share = progress.steps() == 0 ? 1 : (double) progress.step() / progress.steps();
    int full = (int) Math.round(share * BAR);
    return run
        + "epoch "
        + progress.epoch()
        + " ["
        + "#".repeat(full)
        + "-".repeat(BAR - full)
        + "] "
        + progress.step()
        + "/"
        + progress.steps()
        + "  "
        + NumberText.compactCount(Math.round(progress.samplesPerSecond()))
        + "/s  loss "
        + NumberText.metric(progress.loss())
        + "  "
        + left(progress.secondsLeft())
        + last.map(epoch -> "  " + validation(epoch)).orElse("");
  }

  static String left(double seconds) {
    if (!Double.isFinite(seconds)) {
      return "ETA ?";
    }
    long whole = (long) Math.ceil(seconds);
    return whole < 60
        ? "ETA " + whole + " s"
        : String.format(Locale.ROOT, "ETA %d min %02d s", whole / 60, whole % 60);
  }

  @Override
  public void epochEnded(EpochRecord epoch) {
    last = Optional.of(epoch);
    status.update(
        () ->
            run
                + "epoch "
                + epoch.epoch()
                + "  "
                + NumberText.compactCount(Math.round(epoch.samplesPerSecond()))
                + " samples/s  loss "
                + NumberText.metric(epoch.trainLoss())
                + "  "
                + validation(epoch)
                + (epoch.best() ? " (best)" : ""));
  }

  @Override
  public void warned(String what) {
    status.tell("mlora: warning: " + (run.isEmpty() ? "" : run.strip() + ": ") + what);
  }

  private String validation(EpochRecord epoch) {
    return "validation "
        + watched.title()
        + " "
        + NumberText.metric(watched.of(epoch.validation()));
  }
}
