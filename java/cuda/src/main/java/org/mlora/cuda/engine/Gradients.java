package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.mlora.cuda.library.gen.CudaColumns;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Parameter;
import org.mlora.network.Value;

/**
 * A backward pass: which gradients are wanted, which values have one already, and sums over rows
 * that are left to the end, where many go in one launch. Gradients of parameters, which only the
 * updates wait for, are computed beside those of values.
 */
final class Gradients {
  private final Site site;
  private final Lanes lanes;
  private final Predicate<Parameter> wanted;
  private final Set<Integer> passing = new HashSet<>();
  private final Set<Integer> written = new HashSet<>();
  private final List<ColumnSum> sums = new ArrayList<>();

  /**
   * Finds out which values pass gradients on.
   *
   * @param layers in order
   * @param wanted which parameters get gradients
   */
  Gradients(Site site, Lanes lanes, List<Layer> layers, Predicate<Parameter> wanted) {
    this.site = site;
    this.lanes = lanes;
    this.wanted = wanted;
    for (Layer layer : layers) {
      if (isNeeded(layer)) {
        layer.writes().forEach(value -> passing.add(value.index()));
      }
    }
  }

  /** Whether a layer has to do anything backward. */
  boolean isNeeded(Layer layer) {
    return layer.parameters().stream().anyMatch(wanted)
        || layer.passesTo().stream().anyMatch(this::passes);
  }

  boolean wants(Parameter parameter) {
    return wanted.test(parameter);
  }

  boolean wantsAny(List<Parameter> parameters) {
    return parameters.stream().anyMatch(wanted);
  }

  /** Whether anything behind a value is trained. */
  boolean passes(Value value) {
    return passing.contains(value.index());
  }

  /** Whether a value has a gradient already, which is added to; it has one from now on. */
  boolean adds(Value value) {
    return !written.add(value.index());
  }

  /** Where the gradient of a value goes as kernels take it; nowhere where nobody wants it. */
  CudaMatrix into(Value value) {
    if (!passes(value)) {
      return site.elementsAt(0, value.width(), site.ld(value));
    }
    boolean adds = adds(value);
    return site.gradientOf(value).add(adds ? 1 : 0);
  }

  /** Leaves a sum to the end of the pass. */
  void sum(ColumnSum sum) {
    sums.add(sum);
  }

  /**
   * Queues work beside what follows: it comes after all that is queued so far, and before the
   * updates. Nothing that follows, or is queued on another lane, may write what it reads, or read
   * what it writes.
   */
  void aside(Lanes.Beside where, Consumer<Site> work) {
    work.accept(site.on(lanes.fork(where)));
  }

  /** Queues the sums that were left. */
  void addUp() {
    if (!sums.isEmpty()) {
      aside(Lanes.Beside.WHOLE, this::addUp);
    }
  }

  private void addUp(Site beside) {
    for (List<ColumnSum> part : Parts.of(sums)) {
      CudaColumns columns = new CudaColumns(part.size());
      for (int i = 0; i < part.size(); i++) {
        part.get(i).describe(columns.position(i));
      }
      check(
          MloraCuda.mlora_cuda_column_sums(
              beside.batch(),
              beside.precision().code(),
              columns.position(0),
              part.size(),
              beside.stream()));
    }
  }
}
