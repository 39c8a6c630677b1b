package org.mlora.train;

import java.util.Optional;
import java.util.OptionalDouble;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;

/** The epochs of a stage, until validation ends it. */
final class Epochs {
  private static final long PROGRESS_NANOS = 200_000_000;

  /** The loss is looked at after each longer step, but not after each of many very short ones. */
  private static final long LOSS_NANOS = 1_000_000;

  private final Engine engine;
  private final Material material;
  private final TrainingConfig config;
  private final Stage stage;
  private final Saves saves;
  private final TrainingListener listener;
  private final StopRequest stop;
  private boolean stopped;

  /** Those of a stage on the rows that it reads. */
  Epochs(
      Engine engine,
      Material material,
      TrainingConfig config,
      Stage stage,
      Saves saves,
      TrainingListener listener,
      StopRequest stop) {
    this.engine = engine;
    this.material = material;
    this.config = config;
    this.stage = stage;
    this.saves = saves;
    this.listener = listener;
    this.stop = stop;
  }

  /** Whether {@link #run} ended because it was asked to stop. */
  boolean stopped() {
    return stopped;
  }

  /** Trains from a state to the end of its stage or until stopped. */
  TrainingState run(TrainingState state) {
    try (Session.Resident train = engine.load(material.train());
        Session.Resident validation = engine.load(material.validation());
        DomainRegularization domains = new DomainRegularization(engine, material, config, stage)) {
      TrainingState now = state;
      if (stage.phase() == Phase.SPECIALIZE && state.epochsInPhase() + state.stepInEpoch() == 0) {
        double start = config.earlyStop().of(evaluation(state, validation));
        if (Double.isNaN(start)) {
          return state; // nothing could tell whether the expert gets better
        }
        now = state.withBest(start);
        saves.best(now, stage.phase());
      }
      while (!stopped && !ended(now)) {
        now = epoch(now, train, validation, domains);
      }
      return now;
    }
  }

  /** The number of the epoch to come, by which its random numbers are drawn. */
  private int number(TrainingState state) {
    return (stage.afresh() ? state.epochsInPhase() : state.epochs()) + 1;
  }

  private boolean ended(TrainingState state) {
    return state.badEpochs() >= config.patience()
        || state.epochsInPhase() >= config.maxEpochs()
        || isCutShort(state);
  }

  /** Whether it is to end with the best weights, and there are some. */
  private boolean isCutShort(TrainingState state) {
    return stop.isEnding() && state.best().isPresent();
  }

  /** The state after the epoch, or where it was stopped or cut short inside. */
  private TrainingState epoch(
      TrainingState state,
      Session.Resident train,
      Session.Resident validation,
      DomainRegularization domains) {
    EpochPlan plan =
        EpochPlan.of(
            config.batching(),
            config.batch(),
            config.seed(),
            number(state),
            material.train().domains(),
            engine.network().domains());
    Optional<Weights> start = startOfEpoch(state);
    engine.order(train, plan.order());
    EpochMeter meter = new EpochMeter(engine, material, stage.phase(), plan, state);
    long before = engine.step() - meter.step(); // steps of the phase, those of this epoch left out
    long change = Rules.nextChange(engine.network(), engine.step());
    long reported = System.nanoTime();
    long taken = reported;
    while (meter.step() < plan.steps()) {
      if (stop.isMade()) {
        return stop(state, meter);
      }
      if (isCutShort(state)) {
        meter.takeLoss(saves.keeper());
        return meter.state(state);
      }
      if (before + meter.step() == change) {
        engine.optimize(Rules.of(engine.network(), stage, config, change));
        change = Rules.nextChange(engine.network(), change + 1);
      }
      engine.train(plan.from(meter.step()), plan.count(meter.step()));
      meter.stepDone();
      long now = System.nanoTime();
      if (now - taken >= LOSS_NANOS) {
        meter.takeLoss(saves.keeper());
        taken = now;
      }
      if (now - reported >= PROGRESS_NANOS) {
        listener.progress(meter.progress());
        reported = now;
      }
      if (dueInside(meter.step(), now) && meter.step() < plan.steps()) {
        meter.takeLoss(saves.keeper());
        saves.last(meter.state(state), stage.phase());
      }
    }
    if (stop.isMade()) {
      return stop(state, meter);
    }
    meter.takeLoss(saves.keeper());
    listener.progress(meter.progress());
    start.ifPresent(weights -> weights.leave(engine, (float) config.outerRate()));
    if (!domains.run(number(state), () -> stop.isMade() || isCutShort(state))) {
      return stop.isMade() ? stop(state, meter) : meter.state(state);
    }
    return validated(meter.state(state), meter, validation);
  }

  /**
   * Whether an epoch is taken up at its beginning only: what it needs from there is saved nowhere
   * else.
   */
  private boolean unbroken() {
    return config.outerRate() < 1 || config.regularization().helpers() > 0;
  }

  /** The weights that negotiation starts an epoch from. */
  private Optional<Weights> startOfEpoch(TrainingState state) {
    if (unbroken() && state.epochs() == 0) {
      saves.last(state, stage.phase());
    }
    if (config.outerRate() == 1) {
      return Optional.empty();
    }
    return Optional.of(Weights.of(engine, p -> p.trained() && stage.isAbout(engine.network(), p)));
  }

  private TrainingState stop(TrainingState state, EpochMeter meter) {
    meter.takeLoss(saves.keeper());
    if (unbroken()) {
      stopped = true;
      return state;
    }
    TrainingState now = meter.state(state);
    saves.last(now, stage.phase());
    stopped = true;
    return now;
  }

  private boolean dueInside(int step, long now) {
    if (unbroken()) {
      return false;
    }
    boolean bySteps = config.checkpointSteps() > 0 && step % config.checkpointSteps() == 0;
    boolean byTime =
        !config.checkpointEvery().isZero()
            && now - saves.lastNanos() >= config.checkpointEvery().toNanos();
    return bySteps || byTime;
  }

  private TrainingState validated(
      TrainingState state, EpochMeter meter, Session.Resident validation) {
    long start = System.nanoTime();
    Evaluation evaluation = evaluate(state, validation);
    double value = config.earlyStop().of(evaluation);
    boolean better = beats(value, state.best());
    boolean beats = beats(value, state.toBeat());
    double spent = (System.nanoTime() - start) / 1e9;
    EpochRecord record =
        new EpochRecord(
            state.epochs() + 1,
            stage.phase(),
            state.engineStep(),
            meter.meanLoss(),
            evaluation,
            better,
            state.epochSeconds() + spent,
            state.epochSeconds(),
            material.train().rows() / state.epochSeconds());
    TrainingState after = state.afterEpoch(record, value, beats, spent);
    if (better) {
      saves.best(after, stage.phase());
    } else if (config.compatibility().rollback()) {
      saves.restoreBest();
    }
    saves.keeper().note(record);
    saves.last(after, stage.phase());
    listener.epochEnded(record);
    return after;
  }

  private boolean beats(double value, OptionalDouble other) {
    return other.isEmpty() || config.earlyStop().isBetter(value, other.getAsDouble());
  }

  private Evaluation evaluate(TrainingState state, Session.Resident validation) {
    Evaluation evaluation = evaluation(state, validation);
    if (Double.isNaN(config.earlyStop().of(evaluation))) {
      long positives = evaluation.positives();
      if (positives == 0 || positives == evaluation.rows()) {
        throw new InvalidInputException(
            "all validation rows have label "
                + (positives == 0 ? 0 : 1)
                + "; prepare the data with another rule of the label, or with more validation rows");
      }
      boolean weighted = material.validation().weighted();
      throw new InvalidInputException(
          "the validation rows have no "
              + config.earlyStop().key()
              + (weighted
                  ? ": no domain has rows of both labels with weights above 0"
                  : ": no domain has both labels")
              + "; prepare the data with more validation rows"
              + (weighted ? ", or other weights" : ""));
    }
    return evaluation;
  }

  private Evaluation evaluation(TrainingState state, Session.Resident validation) {
    try {
      return material.evaluate(engine, validation);
    } catch (DivergedException e) {
      throw saves.diverged(state, stage.phase(), e);
    }
  }
}
