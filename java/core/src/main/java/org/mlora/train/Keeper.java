package org.mlora.train;

import java.nio.file.Path;
import java.util.Optional;
import org.mlora.backend.Engine;
import org.mlora.calibration.PlattScaling;

/** Where a training keeps its best weights and the state to go on from. */
interface Keeper {
  /** Keeps the weights as the best so far. */
  void keepBest(Engine engine, TrainingState state);

  /** Writes the best weights into the engine; moments and step stay. */
  void restoreBest(Engine engine);

  /** Keeps a calibration with the best weights, which the engine has. */
  void keepCalibration(Engine engine, Optional<PlattScaling> calibration);

  /** Keeps weights, moments and state; gives the folder where they can be found again. */
  Optional<Path> keepLast(Engine engine, TrainingState state);

  /** Notes a finished epoch. */
  void note(EpochRecord epoch);

  /** The last good model, for people: where it is, or that there is none. */
  String lastGood();
}
