package org.mlora.train;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.mlora.backend.Engine;
import org.mlora.network.Parameter;

/** Keeps the best weights in memory, and no state to go on from. */
final class MemoryKeeper implements Keeper {
  private static final int CHUNK = 1 << 24;

  private final Predicate<Parameter> moving;

  /** The chunks of each parameter that moves. */
  private List<List<float[]>> best = List.of();

  /** Keeps the parameters that the training moves. */
  MemoryKeeper(Predicate<Parameter> moving) {
    this.moving = moving;
  }

  @Override
  public void keepBest(Engine engine, TrainingState state) {
    List<List<float[]>> all = new ArrayList<>();
    for (Parameter parameter : engine.network().parameters()) {
      List<float[]> chunks = new ArrayList<>();
      for (long at = 0; moving.test(parameter) && at < parameter.size(); at += CHUNK) {
        float[] chunk = new float[(int) Math.min(CHUNK, parameter.size() - at)];
        engine.read(parameter, Engine.Slot.VALUE, at, FloatBuffer.wrap(chunk));
        chunks.add(chunk);
      }
      all.add(chunks);
    }
    best = all;
  }

  @Override
  public void restoreBest(Engine engine) {
    if (best.isEmpty()) {
      return;
    }
    for (Parameter parameter : engine.network().parameters()) {
      long at = 0;
      for (float[] chunk : best.get(parameter.index())) {
        engine.write(parameter, Engine.Slot.VALUE, at, FloatBuffer.wrap(chunk));
        at += chunk.length;
      }
    }
  }

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
