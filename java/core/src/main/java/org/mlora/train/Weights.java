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

  private final List<Part> parts = new ArrayList<>();

  private Weights() {}

  /** Neighbouring values of a parameter, from a place on. */
  private record Part(Parameter parameter, long at, float[] values) {
    /** What the engine has there now. */
    static Part of(Engine engine, Parameter parameter, long at, int count) {
      float[] values = new float[count];
      engine.read(parameter, Engine.Slot.VALUE, at, FloatBuffer.wrap(values));
      return new Part(parameter, at, values);
    }

    void write(Engine engine) {
      engine.write(parameter, Engine.Slot.VALUE, at, FloatBuffer.wrap(values));
    }
  }

  /** Copies what the engine has now. */
  static Weights of(Engine engine, Predicate<Parameter> chosen) {
    Weights weights = new Weights();
    for (Parameter parameter : engine.network().parameters()) {
      for (long at = 0; chosen.test(parameter) && at < parameter.size(); at += CHUNK) {
        int count = (int) Math.min(CHUNK, parameter.size() - at);
        weights.parts.add(Part.of(engine, parameter, at, count));
      }
    }
    return weights;
  }

  /** Copies one row of each chosen parameter. */
  static Weights ofRow(Engine engine, int row, Predicate<Parameter> chosen) {
    Weights weights = new Weights();
    for (Parameter parameter : engine.network().parameters()) {
      if (chosen.test(parameter)) {
        int count = parameter.rowSize();
        weights.parts.add(Part.of(engine, parameter, (long) row * count, count));
      }
    }
    return weights;
  }

  /** Writes them back. */
  void restore(Engine engine) {
    parts.forEach(part -> part.write(engine));
  }

  /** Moves the engine from these to these + rate (its own - these), value by value. */
  void leave(Engine engine, float rate) {
    for (Part part : parts) {
      Part now = Part.of(engine, part.parameter, part.at, part.values.length);
      for (int i = 0; i < now.values.length; i++) {
        now.values[i] = part.values[i] + rate * (now.values[i] - part.values[i]);
      }
      now.write(engine);
    }
  }
}
