package org.mlora.checkpoint;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.data.DirectBuffers;
import org.mlora.data.Names;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.train.Optimizer;

/** Copies parameters and moments between engines and safetensors files, a chunk at a time. */
final class EngineState {
  private static final int CHUNK = 1 << 18;
  private static final List<Slot> MOMENTS = List.of(Slot.FIRST_MOMENT, Slot.SECOND_MOMENT_ROOT);

  private EngineState() {}

  static void writeWeights(Engine engine, Path file) {
    write(engine, file, weights(engine.network()));
  }

  static void readWeights(Engine engine, Path file) {
    try (SafeTensors tensors = SafeTensors.open(file)) {
      List<Stored> weights = weights(engine.network());
      weights.forEach(stored -> requireTensor(stored, file, tensors));
      requireNoOthers(file, tensors, weights);
      read(engine, tensors, weights);
    }
  }

  private static List<Stored> weights(Network network) {
    return network.parameters().stream().map(p -> new Stored(p, Slot.VALUE, false)).toList();
  }

  /** Writes what the optimizer keeps of parameters that are trained. */
  static void writeMoments(Engine engine, Optimizer optimizer, Path file) {
    List<Slot> kept = MOMENTS.subList(0, optimizer.moments());
    write(engine, file, moments(engine.network(), kept, optimizer.rowWise()));
  }

  /**
   * Reads it again; files of earlier versions hold both moments of every value, also of values that
   * are not trained any more.
   */
  static void readMoments(Engine engine, Optimizer optimizer, Path file) {
    Network network = engine.network();
    List<Slot> kept = MOMENTS.subList(0, optimizer.moments());
    try (SafeTensors tensors = SafeTensors.open(file)) {
      List<Stored> wanted = new ArrayList<>();
      for (Stored stored : moments(network, kept, optimizer.rowWise())) {
        Stored whole = new Stored(stored.parameter(), stored.slot(), false);
        wanted.add(tensors.tensor(whole.name()).shape().equals(whole.longShape()) ? whole : stored);
      }
      wanted.forEach(stored -> requireTensor(stored, file, tensors));
      requireNoOthers(file, tensors, of(network.parameters().stream(), MOMENTS, false));
      read(engine, tensors, wanted);
    }
  }

  private static List<Stored> moments(Network network, List<Slot> slots, boolean byRow) {
    return of(network.parameters().stream().filter(Parameter::trained), slots, byRow);
  }

  private static List<Stored> of(Stream<Parameter> parameters, List<Slot> slots, boolean byRow) {
    return parameters.flatMap(p -> slots.stream().map(slot -> new Stored(p, slot, byRow))).toList();
  }

  /**
   * Numbers of a parameter in a file.
   *
   * @param byRow one for all values of a row, which the engine tells for each of them
   */
  private record Stored(Parameter parameter, Slot slot, boolean byRow) {
    String name() {
      return switch (slot) {
        case VALUE -> parameter.name();
        case FIRST_MOMENT -> parameter.name() + ".first";
        case SECOND_MOMENT_ROOT -> parameter.name() + ".second_root";
        case GRADIENT -> parameter.name() + ".gradient";
      };
    }

    List<Integer> shape() {
      return byRow ? List.of(parameter.rows()) : parameter.shape();
    }

    List<Long> longShape() {
      return shape().stream().map(Integer::longValue).toList();
    }
  }

  private static void write(Engine engine, Path file, List<Stored> all) {
    FloatBuffer chunk = DirectBuffers.floats(CHUNK);
    try (SafeTensorsWriter writer =
        SafeTensorsWriter.create(
            file,
            all.stream().map(s -> new SafeTensorsWriter.Entry(s.name(), s.shape())).toList(),
            Map.of("format", "mlora"))) {
      for (Stored stored : all) {
        Parameter parameter = stored.parameter();
        for (long at = 0; at < parameter.size(); at += CHUNK) {
          engine.read(parameter, stored.slot(), at, limited(chunk, parameter.size() - at));
          requireFinite(chunk.rewind(), stored.name());
          if (stored.byRow()) {
            keepFirsts(chunk, at, parameter.rowSize());
          }
          writer.write(chunk);
        }
      }
      writer.finish();
    }
  }

  /** Leaves the first value of each row of those that begin in a chunk. */
  private static void keepFirsts(FloatBuffer chunk, long at, int rowSize) {
    int kept = 0;
    long first = (at + rowSize - 1) / rowSize * rowSize - at;
    for (long i = first; i < chunk.limit(); i += rowSize) {
      chunk.put(kept++, chunk.get((int) i));
    }
    chunk.limit(kept);
  }

  /** The loss of a step is taken before its update: it can be finite where the weights are not. */
  private static void requireFinite(FloatBuffer values, String name) {
    for (int i = 0; i < values.limit(); i++) {
      if (!Float.isFinite(values.get(i))) {
        throw new DivergedException("'" + name + "' holds " + values.get(i));
      }
    }
  }

  private static void read(Engine engine, SafeTensors tensors, List<Stored> all) {
    FloatBuffer chunk = DirectBuffers.floats(CHUNK);
    FloatBuffer firsts = DirectBuffers.floats(CHUNK);
    for (Stored stored : all) {
      Parameter parameter = stored.parameter();
      for (long at = 0; at < parameter.size(); at += CHUNK) {
        limited(chunk, parameter.size() - at);
        if (stored.byRow()) {
          repeat(tensors, stored, at, firsts, chunk);
        } else {
          tensors.read(stored.name(), at, chunk);
        }
        engine.write(parameter, stored.slot(), at, chunk.flip());
      }
    }
  }

  /** Fills a chunk with the number of each row, for all values of the row. */
  private static void repeat(
      SafeTensors tensors, Stored stored, long at, FloatBuffer firsts, FloatBuffer chunk) {
    int rowSize = stored.parameter().rowSize();
    long row = at / rowSize;
    long rows = (at + chunk.limit() - 1) / rowSize - row + 1;
    tensors.read(stored.name(), row, firsts.clear().limit((int) rows));
    for (int i = 0; i < chunk.limit(); i++) {
      chunk.put(firsts.get((int) ((at + i) / rowSize - row)));
    }
  }

  /** Whether all values of a parameter in a file of weights are zero. */
  static boolean isZero(Path file, Parameter parameter) {
    try (SafeTensors tensors = SafeTensors.open(file)) {
      requireTensor(new Stored(parameter, Slot.VALUE, false), file, tensors);
      FloatBuffer chunk = DirectBuffers.floats(CHUNK);
      for (long at = 0; at < parameter.size(); at += CHUNK) {
        tensors.read(parameter.name(), at, limited(chunk, parameter.size() - at));
        chunk.flip();
        while (chunk.hasRemaining()) {
          if (chunk.get() != 0) {
            return false;
          }
        }
      }
      return true;
    }
  }

  /** Maps the values of a parameter in a file of weights, less than 2 GiB. */
  static FloatBuffer mapWeights(Path file, Parameter parameter) {
    try (SafeTensors tensors = SafeTensors.open(file)) {
      requireTensor(new Stored(parameter, Slot.VALUE, false), file, tensors);
      return tensors.map(parameter.name());
    }
  }

  private static void requireNoOthers(Path file, SafeTensors tensors, List<Stored> known) {
    TreeSet<String> extra = new TreeSet<>(tensors.tensors().keySet());
    known.forEach(stored -> extra.remove(stored.name()));
    if (!extra.isEmpty()) {
      throw new InvalidInputException(
          file
              + " holds tensors that the model does not have: "
              + Names.listed(extra)
              + "; it is of another model, use another checkpoint");
    }
  }

  private static void requireTensor(Stored stored, Path file, SafeTensors tensors) {
    List<Long> expected = stored.longShape();
    List<Long> found = tensors.tensor(stored.name()).shape();
    if (!found.equals(expected)) {
      throw new InvalidInputException(
          file
              + ": tensor '"
              + stored.name()
              + "' has shape "
              + found
              + ", the model needs "
              + expected
              + "; it is of another model, use another checkpoint");
    }
  }

  private static FloatBuffer limited(FloatBuffer chunk, long remaining) {
    return chunk.clear().limit((int) Math.min(chunk.capacity(), remaining));
  }
}
