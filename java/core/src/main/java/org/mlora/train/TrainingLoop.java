package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import org.mlora.backend.Engine;
import org.mlora.model.Initialization;
import org.mlora.network.Parameter;

/**
 * Trains stage after stage, epoch after epoch. All it does follows from its configuration and the
 * state it starts from, so that a training that is cut off goes on to the same bits.
 */
final class TrainingLoop {
  private final Engine engine;
  private final Material all;
  private final TrainingConfig config;
  private final List<Stage> stages;
  private final Saves saves;
  private final TrainingListener listener;
  private final StopRequest stop;
  private boolean stopped;

  TrainingLoop(
      Engine engine,
      Material material,
      TrainingConfig config,
      List<Stage> stages,
      Keeper keeper,
      TrainingListener listener,
      StopRequest stop) {
    this.engine = engine;
    this.all = material;
    this.config = config;
    this.stages = stages;
    this.saves = new Saves(engine, keeper, listener);
    this.listener = listener;
    this.stop = stop;
  }

  /** Whether {@link #run} ended because it was asked to stop. */
  boolean stopped() {
    return stopped;
  }

  /** Trains from a state, whose weights and moments the engine has, to the end or until stopped. */
  TrainingState run(TrainingState state) {
    TrainingState now = state;
    while (!now.finished() && !stopped) {
      engine.optimize(Rules.of(engine.network(), stage(now), config, now.engineStep()));
      Optional<Material> rows = stage(now).of(all, engine.network());
      if (rows.isPresent()) {
        Epochs epochs = new Epochs(engine, rows.get(), config, stage(now), saves, listener, stop);
        now = epochs.run(now);
        stopped = epochs.stopped();
      }
      if (!stopped) {
        saves.restoreBest();
        now = now.phase() + 1 == stages.size() ? now.finish() : begin(now);
        saves.last(now, stage(now).phase());
      }
    }
    return now;
  }

  /** The state at the beginning of the stage after another, and the engine with it. */
  private TrainingState begin(TrainingState before) {
    Stage stage = stages.get(before.phase() + 1);
    TrainingState state = before.nextPhase(stage.afresh());
    engine.resetOptimizer();
    if (stage.afresh()) {
      Initialization.fill(engine, config.seed(), all.pretrained());
    } else if (config.compatibility().zeroFactors()) {
      engine.network().factorsA().forEach(this::zero);
    }
    if (stage.phase() == Phase.SPECIALIZE) {
      ExpertGate.openOnly(engine, stage.expert());
    } else if (stage.phase() == Phase.GATE) {
      ExpertGate.openAll(engine);
      // What experts reached alone says nothing about a mixture of them.
      return state.withBest(Double.NaN);
    }
    return state;
  }

  private Stage stage(TrainingState state) {
    return stages.get(state.phase());
  }

  /** Q14: with A = 0 and B = 0 neither of them ever has a gradient. */
  private void zero(Parameter parameter) {
    int row = parameter.rowSize();
    for (int i = 0; i < parameter.rows(); i++) {
      engine.write(parameter, Engine.Slot.VALUE, (long) i * row, FloatBuffer.wrap(new float[row]));
    }
  }
}
