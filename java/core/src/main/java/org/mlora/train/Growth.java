package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.function.Function;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.backend.ParameterCopy;
import org.mlora.data.DirectBuffers;
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
      ParameterCopy.copy(known, old, grown, parameter);
      if (parameter.size() == old.size()) {
        continue;
      }
      if (parameter.rowKind() == RowKind.BY_DOMAIN) {
        growth.newDomains(old, parameter);
      } else if (parameter.initializer() instanceof Initializer.Pretrained given) {
        grown.write(parameter, Slot.VALUE, old.size(), newPretrained.apply(given.field()));
      } else {
        Initialization.draw(grown, parameter, seed, old.size());
      }
    }
  }

  private void newDomains(Parameter old, Parameter parameter) {
    if (grown.network().factorsA().contains(parameter)) {
      Initialization.draw(grown, parameter, seed, old.size());
      return;
    }
    FloatBuffer row = DirectBuffers.floats(parameter.rowSize());
    if (parameter.role() != Role.ADAPTER && parameter.role() != Role.STATISTICS) {
      mean(old, row);
    }
    for (long at = old.size(); at < parameter.size(); at += parameter.rowSize()) {
      grown.write(parameter, Slot.VALUE, at, row.rewind());
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
}
