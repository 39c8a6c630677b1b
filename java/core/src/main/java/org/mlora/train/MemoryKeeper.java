package org.mlora.train;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.mlora.backend.Engine;
import org.mlora.calibration.PlattScaling;
import org.mlora.network.Parameter;

/** Keeps the best weights in memory, and no state to go on from. */
final class MemoryKeeper implements Keeper {
  private final Predicate<Parameter> moving;
  private Optional<Weights> best = Optional.empty();

  /** Keeps the parameters that the training moves. */
  MemoryKeeper(Predicate<Parameter> moving) {
    this.moving = moving;
  }

  @Override
  public void keepBest(Engine engine, TrainingState state) {
    best = Optional.of(Weights.of(engine, moving));
  }

  @Override
  public void restoreBest(Engine engine) {
    best.ifPresent(weights -> weights.restore(engine));
  }

  @Override
  public void keepCalibration(Engine engine, Optional<PlattScaling> calibration) {}

  @Override
  public Optional<Path> keepLast(Engine engine, TrainingState state) {
    return Optional.empty();
  }

  @Override
  public void note(EpochRecord epoch) {}

  @Override
  public String lastGood() {
    return "nothing was saved";
  }
}
