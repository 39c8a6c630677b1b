package org.mlora.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Network;
import org.mlora.network.Parameter;

/** Copies parameters and moments between engines and safetensors files, a chunk at a time. */
final class EngineState {
  private static final int CHUNK = 1 << 18;
  private static final List<Slot> MOMENTS = List.of(Slot.FIRST_MOMENT, Slot.SECOND_MOMENT_ROOT);

  private EngineState() {}

  static void writeWeights(Engine engine, Path file) {
    write(engine, file, engine.network().parameters(), List.of(Slot.VALUE));
  }

  static void readWeights(Engine engine, Path file) {
    read(engine, file, engine.network().parameters(), List.of(Slot.VALUE));
  }

  /** Parameters that are never trained have no moments worth keeping. */
  static void writeMoments(Engine engine, Path file) {
    write(engine, file, trained(engine.network()), MOMENTS);
  }

  static void readMoments(Engine engine, Path file) {
    read(engine, file, trained(engine.network()), MOMENTS);
  }

  private static List<Parameter> trained(Network network) {
    return network.parameters().stream().filter(Parameter::trained).toList();
  }

  private static void write(
      Engine engine, Path file, List<Parameter> parameters, List<Slot> slots) {
    List<SafeTensorsWriter.Entry> entries = new ArrayList<>();
    for (Parameter parameter : parameters) {
      for (Slot slot : slots) {
        entries.add(new SafeTensorsWriter.Entry(name(parameter, slot), parameter.shape()));
      }
    }
    FloatBuffer chunk = chunk();
    try (SafeTensorsWriter writer =
        SafeTensorsWriter.create(file, entries, Map.of("format", "mlora"))) {
      for (Parameter parameter : parameters) {
        for (Slot slot : slots) {
          for (long at = 0; at < parameter.size(); at += CHUNK) {
            engine.read(parameter, slot, at, limited(chunk, parameter.size() - at));
            requireFinite(chunk.rewind(), name(parameter, slot));
            writer.write(chunk);
          }
        }
      }
      writer.finish();
    }
  }

  /** The loss of a step is taken before its update: it can be finite where the weights are not. */
  private static void requireFinite(FloatBuffer values, String name) {
    for (int i = 0; i < values.limit(); i++) {
      if (!Float.isFinite(values.get(i))) {
        throw new DivergedException("'" + name + "' holds " + values.get(i));
      }
    }
  }

  private static void read(Engine engine, Path file, List<Parameter> parameters, List<Slot> slots) {
    try (SafeTensors tensors = SafeTensors.open(file)) {
      requireTensors(parameters, file, tensors, slots);
      FloatBuffer chunk = chunk();
      for (Parameter parameter : parameters) {
        for (Slot slot : slots) {
          for (long at = 0; at < parameter.size(); at += CHUNK) {
            tensors.read(name(parameter, slot), at, limited(chunk, parameter.size() - at));
            engine.write(parameter, slot, at, chunk.flip());
          }
        }
      }
    }
  }

  /** Whether all values of a parameter in a file of weights are zero. */
  static boolean isZero(Path file, Parameter parameter) {
    try (SafeTensors tensors = SafeTensors.open(file)) {
      requireTensor(parameter, Slot.VALUE, file, tensors);
      FloatBuffer chunk = chunk();
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
      requireTensor(parameter, Slot.VALUE, file, tensors);
      return tensors.map(parameter.name());
    }
  }

  private static void requireTensors(
      List<Parameter> parameters, Path file, SafeTensors tensors, List<Slot> slots) {
    TreeSet<String> extra = new TreeSet<>(tensors.tensors().keySet());
    for (Parameter parameter : parameters) {
      for (Slot slot : slots) {
        requireTensor(parameter, slot, file, tensors);
        extra.remove(name(parameter, slot));
      }
    }
    if (!extra.isEmpty()) {
      throw new InvalidInputException(
          file
              + " holds tensors that the model does not have: "
              + String.join(", ", extra)
              + "; it is of another model, use another checkpoint");
    }
  }

  private static void requireTensor(
      Parameter parameter, Slot slot, Path file, SafeTensors tensors) {
    String name = name(parameter, slot);
    List<Long> expected = parameter.shape().stream().map(Integer::longValue).toList();
    List<Long> found = tensors.tensor(name).shape();
    if (!found.equals(expected)) {
      throw new InvalidInputException(
          file
              + ": tensor '"
              + name
              + "' has shape "
              + found
              + ", the model needs "
              + expected
              + "; it is of another model, use another checkpoint");
    }
  }

  private static String name(Parameter parameter, Slot slot) {
    return switch (slot) {
      case VALUE -> parameter.name();
      case FIRST_MOMENT -> parameter.name() + ".first";
      case SECOND_MOMENT_ROOT -> parameter.name() + ".second_root";
      case GRADIENT -> parameter.name() + ".gradient";
    };
  }

  private static FloatBuffer chunk() {
    return ByteBuffer.allocateDirect(Float.BYTES * CHUNK)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private static FloatBuffer limited(FloatBuffer chunk, long remaining) {
    return chunk.clear().limit((int) Math.min(chunk.capacity(), remaining));
  }
}
