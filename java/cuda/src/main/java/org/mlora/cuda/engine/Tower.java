package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mlora.cuda.library.gen.CudaDense;
import org.mlora.cuda.library.gen.CudaTower;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Value;

/**
 * The logit and the dense layers that lead to nothing else, which go in one launch: forward, and in
 * training the loss and the gradients of their values too. Otherwise each layer takes two launches
 * and as many products each way.
 */
final class Tower {
  /** JVM option: most rows of a batch whose layers go in one launch; 0 for none. */
  static final String MOST_ROWS = "mlora.cuda.tower-rows";

  /** Which is faster beyond, no GPU has told yet; layers one by one have been run there. */
  private static final int USUAL_MOST_ROWS = 16384;

  private final List<DenseLayer> layers;
  private final NarrowLayer logit;

  /**
   * @param plan of the layers
   * @param all layers of the network
   */
  Tower(Plan plan, List<Layer> all) {
    this.layers = plan.dense.stream().map(op -> (DenseLayer) layerOf(op, all)).toList();
    this.logit = (NarrowLayer) layerOf(plan.logit, all);
  }

  private static Layer layerOf(Op op, List<Layer> all) {
    return all.stream().filter(layer -> layer.ops().contains(op)).findFirst().orElseThrow();
  }

  /**
   * Which ops go in a tower.
   *
   * @param dense the lowest one first
   * @param weightParts parts that the gradients of their weights and biases are summed in
   */
  record Plan(List<Op.Dense> dense, Op.Dense logit, int weightParts) {
    /** As many of the last ops as kernels have a tower for; none where they have none. */
    static Optional<Plan> of(Network network, Buffers buffers) {
      List<Op> ops = network.ops();
      if (buffers.capacity() > mostRows()) {
        return Optional.empty();
      }
      if (!(ops.get(ops.size() - 1) instanceof Op.Dense logit)
          || !logit.out().equals(network.logit())
          || !buffers.isFloat(logit.out())) {
        return Optional.empty();
      }
      List<Op.Dense> chain = new ArrayList<>();
      Value next = logit.in();
      for (int i = ops.size() - 2; i >= 0; i--) {
        if (!(ops.get(i) instanceof Op.Dense dense)
            || !dense.out().equals(next)
            || readers(network, next) > 1) {
          break;
        }
        chain.add(0, dense);
        next = dense.in();
      }
      for (int first = 0; first < chain.size(); first++) {
        List<Op.Dense> dense = chain.subList(first, chain.size());
        if (fits(dense, buffers)) {
          return Optional.of(new Plan(List.copyOf(dense), logit, weightParts(dense, buffers)));
        }
      }
      return Optional.empty();
    }

    private static int mostRows() {
      String given = System.getProperty(MOST_ROWS, String.valueOf(USUAL_MOST_ROWS));
      try {
        return Integer.parseInt(given);
      } catch (NumberFormatException e) {
        throw new InvalidInputException(
            "-D" + MOST_ROWS + "=" + given + " is no number of rows; correct or leave it out", e);
      }
    }

    boolean has(Op.Dense op) {
      return dense.contains(op);
    }

    private static long readers(Network network, Value value) {
      return network.ops().stream().filter(op -> Reads.of(op).contains(value)).count();
    }

    private static boolean fits(List<Op.Dense> ops, Buffers buffers) {
      return ask(MloraCuda::mlora_cuda_tower_fits, ops, buffers) != 0;
    }

    private static int weightParts(List<Op.Dense> ops, Buffers buffers) {
      return ask(MloraCuda::mlora_cuda_weight_parts, ops, buffers);
    }

    /** What the kernels answer of layers and a capacity. */
    private interface Question {
      int on(CudaDense shapes, int count, int capacity, int[] answer);
    }

    private static int ask(Question question, List<Op.Dense> ops, Buffers buffers) {
      int count = ops.size();
      int[] answer = new int[1];
      try (CudaDense shapes = new CudaDense(count)) {
        shapes.zero();
        for (int i = 0; i < count; i++) {
          DenseLayer.describeShape(shapes.getPointer(i), ops.get(i), buffers.precision());
        }
        check(question.on(shapes, count, buffers.capacity(), answer));
      }
      return answer[0];
    }
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
   * Queues logits, losses, and gradients of values and parameters.
   *
   * @param losses address of a double for each row
   */
  void train(Site site, Gradients gradients, long losses) {
    CudaDense described = describeLayers(site);
    for (int i = layers.size() - 1; i >= 0; i--) {
      layers.get(i).describeDropout(described.getPointer(i), site);
      layers.get(i).describeBackward(described.getPointer(i), site, gradients);
      layers.get(i).describeWeightParts(described.getPointer(i), site, gradients);
    }
    CudaTower tower =
        describe(site, described)
            .labels(site.columns().labels())
            .row_weights(site.columns().weights())
            .g(site.gradient(logit.op().out()))
            .losses(losses);
    check(MloraCuda.mlora_cuda_tower_train(site.batch(), tower, site.stream()));
    gradients.aside(
        Lanes.Beside.DOMAINS,
        beside ->
            check(
                MloraCuda.mlora_cuda_adapter_gradient(
                    beside.batch(), described, layers.size(), beside.stream())));
    gradients.aside(
        Lanes.Beside.WHOLE,
        beside ->
            check(
                MloraCuda.mlora_cuda_weight_gradient(
                    beside.batch(), described, layers.size(), beside.stream())));
    logit.parameterGradients(site, gradients);
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
