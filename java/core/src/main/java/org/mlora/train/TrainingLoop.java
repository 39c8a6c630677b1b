package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import org.mlora.backend.Engine;
import org.mlora.data.Split;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.serve.Scoring;

/**
 * Trains phase after phase, epoch after epoch. All it does follows from its configuration and the
 * state it starts from, so that a training that is cut off goes on to the same bits.
 */
final class TrainingLoop {
  private static final long PROGRESS_NANOS = 200_000_000;

  /** The loss is looked at after each longer step, but not after each of many very short ones. */
  private static final long LOSS_NANOS = 1_000_000;

  private final Engine engine;
  private final Material material;
  private final TrainingConfig config;
  private final List<Phase> phases;
  private final Keeper keeper;
  private final TrainingListener listener;
  private final BooleanSupplier stop;
  private long saved = System.nanoTime();
  private boolean stopped;

  TrainingLoop(
      Engine engine,
      Material material,
      TrainingConfig config,
      List<Phase> phases,
      Keeper keeper,
      TrainingListener listener,
      BooleanSupplier stop) {
    this.engine = engine;
    this.material = material;
    this.config = config;
    this.phases = phases;
    this.keeper = keeper;
    this.listener = listener;
    this.stop = stop;
  }

  /** Whether {@link #run} ended because it was asked to stop. */
  boolean stopped() {
    return stopped;
  }

  /** Trains from a state, whose weights and moments the engine has, to the end or until stopped. */
  TrainingState run(TrainingState state) {
    if (state.finished()) {
      return state;
    }
    try (Engine.Resident train = engine.load(material.train());
        Engine.Resident validation = engine.load(material.validation())) {
      TrainingState now = state;
      while (true) {
        engine.optimize(Rules.of(engine.network(), phase(now), config));
        while (!stopped && !phaseEnded(now)) {
          now = epoch(now, train, validation);
        }
        if (stopped) {
          return now;
        }
        keeper.restoreBest(engine);
        if (now.phase() + 1 == phases.size()) {
          now = now.finish();
          save(now);
          return now;
        }
        now = now.nextPhase();
        engine.resetOptimizer();
        if (config.compatibility().zeroFactors()) {
          zeroFactors();
        }
      }
    }
  }

  private Phase phase(TrainingState state) {
    return phases.get(state.phase());
  }

  private boolean phaseEnded(TrainingState state) {
    return state.badEpochs() >= config.patience() || state.epochsInPhase() >= config.maxEpochs();
  }

  /** The state after the epoch, or where it was stopped inside. */
  private TrainingState epoch(
      TrainingState state, Engine.Resident train, Engine.Resident validation) {
    EpochPlan plan =
        EpochPlan.of(
            config.batching(),
            config.batch(),
            config.seed(),
            state.epochs() + 1,
            material.train().domains(),
            engine.network().domains());
    Optional<Weights> start = startOfEpoch(state);
    engine.order(train, plan.order());
    EpochMeter meter = new EpochMeter(engine, material, phase(state), plan, state);
    long reported = System.nanoTime();
    long taken = reported;
    while (meter.step() < plan.steps()) {
      if (stop.getAsBoolean()) {
        return stop(state, meter);
      }
      engine.train(plan.from(meter.step()), plan.count(meter.step()));
      meter.stepDone();
      long now = System.nanoTime();
      if (now - taken >= LOSS_NANOS) {
        meter.takeLoss(keeper);
        taken = now;
      }
      if (now - reported >= PROGRESS_NANOS) {
        listener.progress(meter.progress());
        reported = now;
      }
      if (dueInside(meter.step(), now) && meter.step() < plan.steps()) {
        meter.takeLoss(keeper);
        save(meter.state(state));
      }
    }
    if (stop.getAsBoolean()) {
      return stop(state, meter);
    }
    meter.takeLoss(keeper);
    listener.progress(meter.progress());
    start.ifPresent(weights -> weights.leave(engine, (float) config.outerRate()));
    return validated(meter.state(state), meter, validation);
  }

  private boolean negotiates() {
    return config.outerRate() < 1;
  }

  /**
   * The weights that negotiation starts an epoch from. They are saved nowhere else, so such a
   * training is resumed at the beginning of an epoch, the first one included.
   */
  private Optional<Weights> startOfEpoch(TrainingState state) {
    if (!negotiates()) {
      return Optional.empty();
    }
    if (state.epochs() == 0) {
      save(state);
    }
    return Optional.of(Weights.of(engine, p -> p.trained() && phase(state).trains(p.role())));
  }

  private TrainingState stop(TrainingState state, EpochMeter meter) {
    meter.takeLoss(keeper);
    if (negotiates()) {
      stopped = true;
      return state;
    }
    TrainingState now = meter.state(state);
    save(now);
    stopped = true;
    return now;
  }

  private boolean dueInside(int step, long now) {
    if (negotiates()) {
      return false;
    }
    boolean bySteps = config.checkpointSteps() > 0 && step % config.checkpointSteps() == 0;
    boolean byTime =
        !config.checkpointEvery().isZero() && now - saved >= config.checkpointEvery().toNanos();
    return bySteps || byTime;
  }

  private TrainingState validated(
      TrainingState state, EpochMeter meter, Engine.Resident validation) {
    long start = System.nanoTime();
    Evaluation evaluation = evaluate(state, validation);
    double value = config.earlyStop().of(evaluation);
    boolean better = state.best().isEmpty() || config.better(value, state.best().getAsDouble());
    double spent = (System.nanoTime() - start) / 1e9;
    EpochRecord record =
        new EpochRecord(
            state.epochs() + 1,
            phase(state),
            state.engineStep(),
            meter.meanLoss(),
            evaluation,
            better,
            state.epochSeconds() + spent,
            material.train().rows() / state.epochSeconds());
    TrainingState after =
        state.afterEpoch(record, better ? OptionalDouble.of(value) : state.best(), spent);
    if (better) {
      keepBest(after);
    } else if (config.compatibility().rollback()) {
      keeper.restoreBest(engine);
    }
    keeper.note(record);
    save(after);
    listener.epochEnded(record);
    return after;
  }

  private Evaluation evaluate(TrainingState state, Engine.Resident validation) {
    Evaluation evaluation;
    try {
      evaluation =
          Scoring.evaluate(
              engine,
              validation,
              Split.VALIDATION,
              material.validation(),
              material.schema().domains());
    } catch (DivergedException e) {
      throw diverged(state, e);
    }
    if (Double.isNaN(config.earlyStop().of(evaluation))) {
      throw new InvalidInputException(
          "the validation rows have no "
              + config.earlyStop().key()
              + ": no domain has both labels; prepare the data with more validation rows");
    }
    return evaluation;
  }

  private void save(TrainingState state) {
    try {
      keeper.keepLast(engine, state).ifPresent(listener::saved);
    } catch (DivergedException e) {
      throw diverged(state, e);
    }
    saved = System.nanoTime();
  }

  private void keepBest(TrainingState state) {
    try {
      keeper.keepBest(engine, state);
    } catch (DivergedException e) {
      throw diverged(state, e);
    }
  }

  private DivergedException diverged(TrainingState state, DivergedException cause) {
    return new DivergedException(
        "the weights are no numbers any more after step "
            + state.engineStep()
            + " of phase '"
            + phase(state).label()
            + "' ("
            + cause.getMessage()
            + "); "
            + keeper.lastGood()
            + "; lower the learning rate",
        cause);
  }

  /** Q14: with A = 0 and B = 0 neither of them ever has a gradient. */
  private void zeroFactors() {
    Network network = engine.network();
    for (Op op : network.ops()) {
      if (op instanceof Op.Dense dense) {
        dense.adapter().ifPresent(adapter -> zero(adapter.a()));
      }
    }
  }

  private void zero(Parameter parameter) {
    int row = parameter.rowSize();
    for (int i = 0; i < parameter.rows(); i++) {
      engine.write(parameter, Engine.Slot.VALUE, (long) i * row, FloatBuffer.wrap(new float[row]));
    }
  }
}
