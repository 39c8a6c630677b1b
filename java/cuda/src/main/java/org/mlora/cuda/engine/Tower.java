package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.mlora.cuda.library.gen.CudaDense;
import org.mlora.cuda.library.gen.CudaField;
import org.mlora.cuda.library.gen.CudaTower;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Value;

/**
 * The logit and the dense layers that lead to nothing else, and the fields if that is what the
 * lowest one reads, which go in one launch: forward, in training the loss and the gradients of
 * their values too, else predictions. Otherwise each layer takes two launches and as many products
 * each way.
 */
final class Tower {
  /** JVM option: most rows of a batch whose layers go in one launch; 0 for none. */
  static final String MOST_ROWS = "mlora.cuda.tower-rows";

  /** Which is faster beyond, no GPU has told yet; layers one by one have been run there. */
  private static final int USUAL_MOST_ROWS = 16384;

  private final List<Op> fields;
  private final List<DenseLayer> layers;
  private final NarrowLayer logit;

  /**
   * @param plan of the layers
   * @param all layers of the network
   */
  Tower(Plan plan, List<Layer> all) {
    this.fields = plan.fields;
    this.layers = plan.dense.stream().map(op -> (DenseLayer) layerOf(op, all)).toList();
    this.logit = (NarrowLayer) layerOf(plan.logit, all);
  }

  private static Layer layerOf(Op op, List<Layer> all) {
    return all.stream().filter(layer -> layer.ops().contains(op)).findFirst().orElseThrow();
  }

  /**
   * Which ops go in a tower.
   *
   * @param fields that make up what the lowest layer reads, by column; none where another launch is
   *     to write it
   * @param dense the lowest one first
   * @param weightParts parts that the gradients of their weights and biases are summed in
   */
  record Plan(List<Op> fields, List<Op.Dense> dense, Op.Dense logit, int weightParts) {
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
        List<Op.Dense> dense = List.copyOf(chain.subList(first, chain.size()));
        Optional<List<Op>> fields =
            Stream.of(fieldsOf(network, dense.get(0).in()), List.<Op>of())
                .distinct()
                .filter(read -> fits(read, dense, buffers))
                .findFirst();
        if (fields.isPresent()) {
          return Optional.of(new Plan(fields.get(), dense, logit, weightParts(dense, buffers)));
        }
      }
      return Optional.empty();
    }

    /** The fields that write a value which one op reads; none where others write or read it too. */
    private static List<Op> fieldsOf(Network network, Value value) {
      List<Op> writers = network.ops().stream().filter(op -> op.out().equals(value)).toList();
      return readers(network, value) == 1 && writers.stream().allMatch(FieldsLayer::takes)
          ? writers.stream().sorted(Comparator.comparingInt(FieldsLayer::column)).toList()
          : List.of();
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

    private static boolean fits(List<Op> fields, List<Op.Dense> dense, Buffers buffers) {
      int[] answer = new int[1];
      try (PointerScope structs = new PointerScope()) {
        CudaField read = structsOf(fields, FieldsLayer::describeShape);
        CudaTower tower = towerOf(read, fields.size(), shapesOf(dense, buffers), dense.size());
        check(MloraCuda.mlora_cuda_tower_fits(tower, buffers.capacity(), answer));
      }
      return answer[0] != 0;
    }

    private static int weightParts(List<Op.Dense> dense, Buffers buffers) {
      int[] answer = new int[1];
      try (CudaDense shapes = shapesOf(dense, buffers)) {
        check(MloraCuda.mlora_cuda_weight_parts(shapes, dense.size(), buffers.capacity(), answer));
      }
      return answer[0];
    }

    private static CudaDense shapesOf(List<Op.Dense> dense, Buffers buffers) {
      CudaDense shapes = new CudaDense(dense.size());
      shapes.zero();
      for (int i = 0; i < dense.size(); i++) {
        DenseLayer.describeShape(shapes.getPointer(i), dense.get(i), buffers.precision());
      }
      return shapes;
    }
  }

  private static CudaField structsOf(List<Op> fields, BiConsumer<CudaField, Op> describe) {
    CudaField structs = new CudaField(Math.max(1, fields.size())); // of none zero() would write one
    structs.zero();
    for (int i = 0; i < fields.size(); i++) {
      describe.accept(structs.getPointer(i), fields.get(i));
    }
    return structs;
  }

  private static CudaTower towerOf(CudaField fields, int fieldCount, CudaDense layers, int count) {
    CudaTower tower = new CudaTower();
    tower.zero();
    return tower.layers(layers).count(count).fields(fields).field_count(fieldCount);
  }

  /** Whether it looks up what the fields of that layer would. */
  boolean looksUp(Layer layer) {
    return !fields.isEmpty() && layer.ops().containsAll(fields);
  }

  /** The layers that go in the launch. */
  List<Layer> layers() {
    List<Layer> all = new ArrayList<>(layers);
    all.add(logit);
    return all;
  }

  /** Queues the predictions of the batch's rows, into the columns' places for them. */
  void predict(Site site) {
    CudaTower tower =
        describe(site, describeLayers(site))
            .out_logits(site.columns().logits())
            .out_probabilities(site.columns().probabilities());
    check(MloraCuda.mlora_cuda_tower_forward(site.batch(), tower, site.stream()));
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
    CudaField read = structsOf(fields, (field, op) -> FieldsLayer.describe(site, field, op));
    return towerOf(read, fields.size(), described, layers.size())
        .logit_weight(site.parameter(logit.op().weight()))
        .logit_bias(site.parameter(logit.op().bias()))
        .logits(site.value(logit.op().out()));
  }
}
