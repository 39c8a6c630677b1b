package org.mlora.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.Function;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.model.Initialization;
import org.mlora.network.Initializer;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;

/**
 * Fills an engine for more domains and ids from a trained one (spec §8): all known rows are copied.
 * A new domain's embedding is the mean of the known ones, its A is drawn, its B and c are zero, and
 * its moving statistics too: no row of it was seen. Rows of new ids are drawn as if the table had
 * always had them.
 */
final class Growth {
  private static final int CHUNK = 1 << 18;

  private final Engine known;
  private final Engine grown;
  private final long seed;

  private Growth(Engine known, Engine grown, long seed) {
    this.known = known;
    this.grown = grown;
    this.seed = seed;
  }

  /**
   * Fills {@code grown}.
   *
   * @param seed of what is drawn
   * @param newPretrained gives the embeddings of a pretrained field's new ids, (new ids, width)
   */
  static void fill(
      Engine known, Engine grown, long seed, Function<String, FloatBuffer> newPretrained) {
    Growth growth = new Growth(known, grown, seed);
    for (Parameter parameter : grown.network().parameters()) {
      Parameter old = known.network().parameters().get(parameter.index());
      growth.copy(old, parameter);
      if (parameter.size() == old.size()) {
        continue;
      }
      if (parameter.rowKind() == RowKind.BY_DOMAIN) {
        growth.newDomains(old, parameter);
      } else if (parameter.initializer() instanceof Initializer.Pretrained given) {
        grown.write(parameter, Slot.VALUE, old.size(), newPretrained.apply(given.field()));
      } else {
        growth.draw(parameter, old.size());
      }
    }
  }

  private void copy(Parameter old, Parameter parameter) {
    FloatBuffer chunk = direct((int) Math.min(CHUNK, old.size()));
    for (long at = 0; at < old.size(); at += CHUNK) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), old.size() - at));
      known.read(old, Slot.VALUE, at, chunk);
      grown.write(parameter, Slot.VALUE, at, chunk.rewind());
    }
  }

  private void newDomains(Parameter old, Parameter parameter) {
    boolean adapter = parameter.role() == Role.ADAPTER;
    boolean drawn =
        grown.network().factorsA().contains(parameter)
            && !(parameter.initializer() instanceof Initializer.Pretrained);
    if (adapter && drawn) {
      draw(parameter, old.size());
      return;
    }
    FloatBuffer row = direct(parameter.rowSize());
    if (!adapter && parameter.role() != Role.STATISTICS) {
      mean(old, row);
    }
    for (long at = old.size(); at < parameter.size(); at += parameter.rowSize()) {
      grown.write(parameter, Slot.VALUE, at, row.rewind());
    }
  }

  private void draw(Parameter parameter, long from) {
    FloatBuffer chunk = direct((int) Math.min(CHUNK, parameter.size() - from));
    for (long at = from; at < parameter.size(); at += CHUNK) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), parameter.size() - at));
      Initialization.draw(parameter, seed, at, chunk);
      grown.write(parameter, Slot.VALUE, at, chunk.rewind());
    }
  }

  private void mean(Parameter old, FloatBuffer mean) {
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
  }

  private static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(Float.BYTES * floats)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
