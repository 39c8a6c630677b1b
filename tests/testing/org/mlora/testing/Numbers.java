package org.mlora.testing;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.backend.reference.ReferenceEngine;
import org.mlora.network.Parameter;

/** Numbers of any engine as doubles; unrounded from the reference backend. */
public final class Numbers {
  private Numbers() {}

  public static double[] read(Engine engine, Parameter parameter, Engine.Slot slot) {
    if (engine instanceof ReferenceEngine reference) {
      return reference.exact(parameter, slot);
    }
    FloatBuffer buffer = Buffers.floats(parameter.size());
    engine.read(parameter, slot, 0, buffer);
    return doubles(buffer);
  }

  public static void write(Engine engine, Parameter parameter, Engine.Slot slot, double[] values) {
    if (engine instanceof ReferenceEngine reference) {
      reference.writeExact(parameter, slot, values);
      return;
    }
    FloatBuffer buffer = Buffers.floats((long) values.length);
    for (double value : values) {
      buffer.put((float) value);
    }
    engine.write(parameter, slot, 0, buffer.flip());
  }

  public static double[] logits(Engine engine, Session.Resident data) {
    if (engine instanceof ReferenceEngine reference) {
      return reference.logits(data, 0, data.rows());
    }
    FloatBuffer logits = Buffers.floats((long) data.rows());
    engine.predict(data, 0, data.rows(), logits, Buffers.floats(0L));
    return doubles(logits);
  }

  /** Logits of rows {@code [from, from + count)}. */
  public static double[] logits(Engine engine, Session.Resident data, int from, int count) {
    FloatBuffer logits = Buffers.floats((long) count);
    engine.predict(data, from, count, logits, Buffers.floats(0L));
    return doubles(logits);
  }

  public static double[] probabilities(Engine engine, Session.Resident data) {
    if (engine instanceof ReferenceEngine reference) {
      return Arrays.stream(logits(reference, data)).map(z -> 1 / (1 + Math.exp(-z))).toArray();
    }
    FloatBuffer probabilities = Buffers.floats((long) data.rows());
    engine.predict(data, 0, data.rows(), Buffers.floats(0L), probabilities);
    return doubles(probabilities);
  }

  /** Largest difference, over the largest expected number or {@code floor}. */
  public static double relativeError(double[] actual, double[] expected, double floor) {
    if (actual.length != expected.length) {
      return Double.POSITIVE_INFINITY;
    }
    double difference = 0;
    double scale = floor;
    for (int i = 0; i < expected.length; i++) {
      double d = Math.abs(actual[i] - expected[i]);
      difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
      scale = Math.max(scale, Math.abs(expected[i]));
    }
    return difference / scale;
  }

  private static double[] doubles(FloatBuffer buffer) {
    double[] values = new double[buffer.remaining()];
    for (int i = 0; i < values.length; i++) {
      values[i] = buffer.get(i);
    }
    return values;
  }
}
