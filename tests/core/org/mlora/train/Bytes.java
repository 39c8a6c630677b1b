package org.mlora.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.mlora.backend.Engine;
import org.mlora.data.store.FileDigest;
import org.mlora.network.Parameter;
import org.mlora.testing.Buffers;

/** Bits to compare. */
final class Bytes {
  private Bytes() {}

  /** Checksums of the tensors of a run: best and last weights, and the last moments. */
  static Map<String, String> ofRun(Path run) {
    Map<String, String> sums = new TreeMap<>();
    for (String name :
        new String[] {
          "best/weights.safetensors", "last/weights.safetensors", "last/optimizer.safetensors"
        }) {
      sums.put(name, FileDigest.sha256(run.resolve(name)));
    }
    return sums;
  }

  /** All values of an engine. */
  static Map<String, float[]> ofEngine(Engine engine) {
    Map<String, float[]> all = new LinkedHashMap<>();
    for (Parameter parameter : engine.network().parameters()) {
      float[] values = new float[(int) parameter.size()];
      var target = Buffers.floats(parameter.size());
      engine.read(parameter, Engine.Slot.VALUE, 0, target);
      target.rewind().get(values);
      all.put(parameter.name(), values);
    }
    return all;
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
