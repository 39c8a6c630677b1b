package org.mlora.train;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.mlora.backend.Engine;
import org.mlora.calibration.PlattScaling;
import org.mlora.network.Parameter;

/** Keeps the best weights in memory, and no state to go on from. */
final class MemoryKeeper implements Keeper {
  private final Predicate<Parameter> moving;
  private final Consumer<EpochRecord> noting;
  private Optional<Weights> best = Optional.empty();

  /**
   * Keeps the parameters that the training moves.
   *
   * @param noting takes each finished epoch
   */
  MemoryKeeper(Predicate<Parameter> moving, Consumer<EpochRecord> noting) {
    this.moving = moving;
    this.noting = noting;
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
  public void note(EpochRecord epoch) {
    noting.accept(epoch);
  }

  @Override
  public String lastGood() {
    return "nothing was saved";
  }
}
