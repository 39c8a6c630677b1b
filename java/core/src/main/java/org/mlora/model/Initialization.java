package org.mlora.model;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Function;
import org.mlora.backend.Engine;
import org.mlora.data.DirectBuffers;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;
import org.mlora.network.Parameter;
import org.mlora.random.RandomStream;

/**
 * Initial values of parameters. Each value depends on the seed, the parameter's name and the
 * value's place in it, and on nothing else: every backend starts from the same bits, a model
 * without adapters starts with the same backbone as one with them, and rows added later leave the
 * others as they are.
 */
public final class Initialization {
  /** Values written at once, so that tables larger than memory can be filled. */
  private static final int CHUNK = 1 << 16;

  private Initialization() {}

  /**
   * Fills all parameters of an engine.
   *
   * @param pretrained gives the embeddings of a pretrained field, (ids, width)
   * @throws InvalidInputException when pretrained embeddings are not of their table's size
   */
  public static void fill(Engine engine, long seed, Function<String, FloatBuffer> pretrained) {
    for (Parameter parameter : engine.network().parameters()) {
      if (parameter.initializer() instanceof Initializer.Pretrained given) {
        copy(engine, parameter, pretrained.apply(given.field()));
      } else {
        draw(engine, parameter, seed, 0);
      }
    }
  }

  /**
   * Draws the initial values of {@code parameter} from {@code offset} on, until {@code target} is
   * full; moves its position to its limit.
   *
   * @throws IllegalArgumentException for pretrained embeddings, which are not drawn
   */
  public static void draw(Parameter parameter, long seed, long offset, FloatBuffer target) {
    draw(parameter, parameter.initializer(), seed, offset, target);
  }

  private static void draw(
      Parameter parameter, Initializer initializer, long seed, long offset, FloatBuffer target) {
    RandomStream random = new RandomStream(seed, "init " + parameter.name());
    if (initializer instanceof Initializer.Leading i) {
      int from = target.position();
      draw(parameter, i.drawn(), seed, offset, target);
      clearBeyond(parameter, i, offset, target, from);
    } else if (initializer instanceof Initializer.Zeros) {
      constant(0, target);
    } else if (initializer instanceof Initializer.Constant i) {
      constant((float) i.value(), target);
    } else if (initializer instanceof Initializer.Uniform i) {
      uniform(random, i.limit(), offset, target);
    } else if (initializer instanceof Initializer.Normal i) {
      normal(random, i.standardDeviation(), offset, target);
    } else if (initializer instanceof Initializer.TruncatedNormal i) {
      truncatedNormal(random, i.standardDeviation(), offset, target);
    } else if (initializer instanceof Initializer.GlorotUniform i) {
      double limit = Math.sqrt(6 / fans(parameter, i.fansTimesDomains()));
      uniform(random, limit, offset, target);
    } else if (initializer instanceof Initializer.GlorotNormal i) {
      // 0.87962566 is the deviation of a standard normal cut at 2 sigma.
      double deviation = Math.sqrt(2 / fans(parameter, i.fansTimesDomains())) / 0.87962566;
      truncatedNormal(random, deviation, offset, target);
    } else if (initializer instanceof Initializer.XavierNormal i) {
      double deviation = Math.sqrt(2 / fans(parameter, i.fansTimesDomains()));
      normal(random, deviation, offset, target);
    } else {
      throw new IllegalArgumentException("'" + parameter.name() + "' is not drawn: " + initializer);
    }
  }

  private static void clearBeyond(
      Parameter parameter, Initializer.Leading leading, long offset, FloatBuffer target, int from) {
    List<Integer> shape = parameter.shape();
    long after = 1; // numbers under one index of the axis
    for (int axis = leading.axis() + 1; axis < shape.size(); axis++) {
      after *= shape.get(axis);
    }
    for (int i = from; i < target.position(); i++) {
      long place = offset + i - from;
      int domain = (int) (place / parameter.rowSize());
      if (place / after % shape.get(leading.axis()) >= leading.counts().get(domain)) {
        target.put(i, 0);
      }
    }
  }

  /** Draws the initial values of a parameter of an engine from {@code offset} on. */
  public static void draw(Engine engine, Parameter parameter, long seed, long offset) {
    FloatBuffer chunk = DirectBuffers.floats((int) Math.min(CHUNK, parameter.size() - offset));
    for (long at = offset; at < parameter.size(); at += CHUNK) {
      chunk.clear().limit((int) Math.min(CHUNK, parameter.size() - at));
      draw(parameter, seed, at, chunk);
      engine.write(parameter, Engine.Slot.VALUE, at, chunk.flip());
    }
  }

  private static void copy(Engine engine, Parameter parameter, FloatBuffer given) {
    FloatBuffer source = given.duplicate();
    if (source.remaining() != parameter.size()) {
      throw new InvalidInputException(
          "the pretrained embeddings of '"
              + parameter.name()
              + "' have "
              + source.remaining()
              + " numbers, its table needs "
              + parameter.size()
              + " "
              + parameter.shape());
    }
    FloatBuffer chunk = DirectBuffers.floats((int) Math.min(CHUNK, parameter.size()));
    for (long offset = 0; offset < parameter.size(); offset += CHUNK) {
      int count = (int) Math.min(chunk.capacity(), parameter.size() - offset);
      chunk.clear().limit(count);
      source.limit((int) offset + given.position() + count);
      chunk.put(source);
      engine.write(parameter, Engine.Slot.VALUE, offset, chunk.flip());
    }
  }

  /** Fan in + fan out, see {@link Initializer}. */
  private static double fans(Parameter parameter, boolean timesDomains) {
    List<Integer> shape = parameter.shape();
    return switch (shape.size()) {
      case 1 -> 2.0 * shape.get(0);
      case 2 -> (double) shape.get(0) + shape.get(1);
      default ->
          ((double) shape.get(shape.size() - 2) + shape.get(shape.size() - 1))
              * (timesDomains ? shape.get(0) : 1);
    };
  }

  private static void constant(float value, FloatBuffer target) {
    while (target.hasRemaining()) {
      target.put(value);
    }
  }

  private static void uniform(RandomStream random, double limit, long offset, FloatBuffer target) {
    for (long i = offset; target.hasRemaining(); i++) {
      target.put((float) ((2 * random.uniform(i) - 1) * limit));
    }
  }

  private static void normal(
      RandomStream random, double deviation, long offset, FloatBuffer target) {
    for (long i = offset; target.hasRemaining(); i++) {
      target.put((float) (random.normal(i) * deviation));
    }
  }

  private static void truncatedNormal(
      RandomStream random, double deviation, long offset, FloatBuffer target) {
    for (long i = offset; target.hasRemaining(); i++) {
      target.put((float) (random.truncatedNormal(i) * deviation));
    }
  }
}
