package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.mlora.backend.Engine;
import org.mlora.network.Parameter;

/** Values of some parameters of an engine, at one moment. */
final class Weights {
  private static final int CHUNK = 1 << 24;

  /** The chunks of each parameter, none of those left out. */
  private final List<List<float[]>> chunks = new ArrayList<>();

  private Weights() {}

  /** Copies what the engine has now. */
  static Weights of(Engine engine, Predicate<Parameter> chosen) {
    Weights weights = new Weights();
    for (Parameter parameter : engine.network().parameters()) {
      List<float[]> all = new ArrayList<>();
      for (long at = 0; chosen.test(parameter) && at < parameter.size(); at += CHUNK) {
        float[] chunk = new float[(int) Math.min(CHUNK, parameter.size() - at)];
        engine.read(parameter, Engine.Slot.VALUE, at, FloatBuffer.wrap(chunk));
        all.add(chunk);
      }
      weights.chunks.add(all);
    }
    return weights;
  }

  /** Writes them back. */
  void restore(Engine engine) {
    for (Parameter parameter : engine.network().parameters()) {
      long at = 0;
      for (float[] chunk : chunks.get(parameter.index())) {
        engine.write(parameter, Engine.Slot.VALUE, at, FloatBuffer.wrap(chunk));
        at += chunk.length;
      }
    }
  }

  /** Moves the engine from these to these + rate (its own - these), value by value. */
  void leave(Engine engine, float rate) {
    for (Parameter parameter : engine.network().parameters()) {
      long at = 0;
      for (float[] chunk : chunks.get(parameter.index())) {
        float[] now = new float[chunk.length];
        engine.read(parameter, Engine.Slot.VALUE, at, FloatBuffer.wrap(now));
        for (int i = 0; i < now.length; i++) {
          now[i] = chunk[i] + rate * (now[i] - chunk[i]);
        }
        engine.write(parameter, Engine.Slot.VALUE, at, FloatBuffer.wrap(now));
        at += chunk.length;
      }
    }
  }
}
