package org.mlora.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.model.Initialization;
import org.mlora.network.Initializer;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;

/**
 * Fills an engine for one domain more from a trained one (spec §8): all known rows are copied; the
 * new domain's embedding is the mean of the known ones, its A is drawn, its B and c are zero. Its
 * moving statistics are zero too: no row of it was seen.
 */
final class Growth {
  private static final int CHUNK = 1 << 18;

  private Growth() {}

  /**
   * Fills {@code grown}.
   *
   * @param seed of the new A
   */
  static void fill(Engine known, Engine grown, long seed) {
    for (Parameter parameter : grown.network().parameters()) {
      Parameter old = known.network().parameters().get(parameter.index());
      copy(known, old, grown, parameter);
      if (parameter.rowKind() == RowKind.BY_DOMAIN) {
        FloatBuffer row = direct(parameter.rowSize());
        if (parameter.role() == Role.ADAPTER) {
          adapterRow(grown, parameter, seed, row);
        } else if (parameter.role() != Role.STATISTICS) {
          meanRow(known, old, row);
        }
        grown.write(parameter, Slot.VALUE, old.size(), row.rewind());
      }
    }
  }

  private static void copy(Engine known, Parameter old, Engine grown, Parameter parameter) {
    FloatBuffer chunk = direct((int) Math.min(CHUNK, old.size()));
    for (long at = 0; at < old.size(); at += CHUNK) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), old.size() - at));
      known.read(old, Slot.VALUE, at, chunk);
      grown.write(parameter, Slot.VALUE, at, chunk.rewind());
    }
  }

  private static void adapterRow(Engine grown, Parameter parameter, long seed, FloatBuffer row) {
    boolean drawn = grown.network().factorsA().contains(parameter);
    if (drawn && !(parameter.initializer() instanceof Initializer.Pretrained)) {
      long offset = parameter.size() - parameter.rowSize();
      Initialization.draw(parameter, seed, offset, row);
    }
  }

  private static void meanRow(Engine known, Parameter old, FloatBuffer mean) {
    double[] sums = new double[mean.capacity()];
    for (int row = 0; row < old.rows(); row++) {
      known.read(old, Slot.VALUE, (long) row * sums.length, mean.clear());
      for (int i = 0; i < sums.length; i++) {
        sums[i] += mean.get(i);
      }
    }
    for (int i = 0; i < sums.length; i++) {
      mean.put(i, (float) (sums[i] / old.rows()));
    }
    mean.clear();
  }

  private static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(Float.BYTES * floats)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
