package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.mlora.cuda.library.gen.CudaDense;
import org.mlora.cuda.library.gen.CudaTower;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Network;
import org.mlora.network.Value;

/**
 * The logit and the dense layers that lead to nothing else, which go in one launch: forward, and in
 * training the loss and the gradients of their values too. What takes two launches and as many
 * products a layer otherwise.
 */
final class Tower {
  private final List<DenseLayer> layers;
  private final NarrowLayer logit;

  private Tower(List<DenseLayer> layers, NarrowLayer logit) {
    this.layers = layers;
    this.logit = logit;
  }

  /** As many of the last layers as kernels have a tower for; none where they have none. */
  static Optional<Tower> on(Network network, List<Layer> all, Buffers buffers) {
    if (all.isEmpty()
        || !(all.get(all.size() - 1) instanceof NarrowLayer logit)
        || !logit.op().out().equals(network.logit())) {
      return Optional.empty();
    }
    List<DenseLayer> chain = new ArrayList<>();
    Value next = logit.op().in();
    for (int i = all.size() - 2; i >= 0; i--) {
      if (!(all.get(i) instanceof DenseLayer layer)
          || !layer.op().out().equals(next)
          || all.stream().filter(reader -> reader.reads().contains(layer.op().out())).count() > 1) {
        break;
      }
      chain.add(layer);
      next = layer.op().in();
    }
    return IntStream.iterate(chain.size(), n -> n > 0, n -> n - 1)
        .mapToObj(n -> chain.subList(0, n))
        .filter(layers -> fits(layers, buffers))
        .findFirst()
        .map(
            layers -> {
              List<DenseLayer> upwards = new ArrayList<>(layers);
              Collections.reverse(upwards);
              return new Tower(upwards, logit);
            });
  }

  /** Whether kernels have a tower of layers, of which the last one comes first. */
  private static boolean fits(List<DenseLayer> downwards, Buffers buffers) {
    int count = downwards.size();
    int[] fits = new int[1];
    try (CudaDense shapes = new CudaDense(count)) {
      shapes.zero();
      for (int i = 0; i < count; i++) {
        downwards.get(count - 1 - i).describeShape(shapes.getPointer(i), buffers.precision());
      }
      check(MloraCuda.mlora_cuda_tower_fits(shapes, count, buffers.capacity(), fits));
    }
    return fits[0] != 0;
  }

  /** The layers that go in the launch. */
  List<Layer> layers() {
    List<Layer> all = new ArrayList<>(layers);
    all.add(logit);
    return all;
  }

  /** Queues the logits. */
  void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_tower_forward(
            site.batch(), describe(site, describeLayers(site)), site.stream()));
  }

  /**
   * Queues logits, loss, and gradients of values and parameters.
   *
   * @param losses address of a double for each row
   */
  void train(Site site, Gradients gradients, long losses) {
    CudaDense described = describeLayers(site);
    for (int i = layers.size() - 1; i >= 0; i--) {
      layers.get(i).describeDropout(described.getPointer(i), site);
      layers.get(i).describeBackward(described.getPointer(i), site, gradients);
    }
    CudaTower tower =
        describe(site, described)
            .labels(site.columns().labels())
            .row_weights(site.columns().weights())
            .g(site.gradient(logit.op().out()))
            .losses(losses);
    check(MloraCuda.mlora_cuda_tower_train(site.batch(), tower, site.stream()));
    logit.parameterGradients(site, gradients);
    for (int i = layers.size() - 1; i >= 0; i--) {
      layers.get(i).parameterGradients(site, described.getPointer(i), gradients);
    }
  }

  private CudaDense describeLayers(Site site) {
    CudaDense described = new CudaDense(layers.size());
    described.zero();
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).describe(described.getPointer(i), site);
    }
    return described;
  }

  private CudaTower describe(Site site, CudaDense described) {
    return new CudaTower()
        .layers(described)
        .count(layers.size())
        .logit_weight(site.parameter(logit.op().weight()))
        .logit_bias(site.parameter(logit.op().bias()))
        .logits(site.value(logit.op().out()));
  }
}
