package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.gen.CudaBatch;
import org.mlora.cuda.library.gen.CudaOptimizer;
import org.mlora.cuda.library.gen.CudaParameter;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Network;
import org.mlora.network.Parameter;

/**
 * All work on one batch of a capacity: predictions, a training step, or gradients. Queued as it is,
 * or recorded in a graph.
 */
final class Pass {
  private final Precision precision;
  private final Parameters parameters;
  private final ColumnPlaces columns;
  private final int domainCount;
  private final Buffers buffers;
  private final List<Layer> layers;
  private final List<GradientSum> sums;
  private final Logits logits;
  private final Tables tables;
  private final long losses;
  private final long work;
  private final long bytes;

  /**
   * Lays out the work space.
   *
   * @param backward whether gradients are wanted
   * @param trained which tables get gradients
   */
  Pass(
      Network network,
      Precision precision,
      Parameters parameters,
      ColumnPlaces columns,
      int capacity,
      boolean backward,
      Predicate<Parameter> trained) {
    this.precision = precision;
    this.parameters = parameters;
    this.columns = columns;
    this.domainCount = Math.max(1, network.domains());
    this.buffers = new Buffers(network, precision, capacity, backward);
    this.layers = Layers.of(network, buffers);
    this.sums = layers.stream().flatMap(layer -> layer.sums().stream()).toList();
    this.logits = new Logits(network.logit(), buffers);
    this.losses = buffers.parts(capacity, 2);
    this.tables =
        new Tables(network, columns, capacity, precision.code(), p -> backward && trained.test(p));
    this.work = buffers.bytes() + tables.bytes();
    // The last part is one float a parameter, of row-wise optimizers.
    this.bytes = work + (backward ? 4L * network.parameters().size() : 0);
  }

  int capacity() {
    return buffers.capacity();
  }

  ColumnPlaces columns() {
    return columns;
  }

  /** Bytes of the work space. */
  long bytes() {
    return bytes;
  }

  /**
   * Where a pass takes place.
   *
   * @param base address of the work space
   * @param state address of the step state
   * @param order address of the rows' order, or 0 for stored order
   */
  record Place(long base, long state, long order, Lanes lanes) {}

  private interface Body {
    void on(Site site);
  }

  private void at(Place place, Dropout dropout, Body body) {
    try (PointerScope structs = new PointerScope()) {
      CudaBatch batch =
          new CudaBatch()
              .state(place.state())
              .order(place.order())
              .domains(columns.domains())
              .memory(place.base() + buffers.batch())
              ._capacity(buffers.capacity())
              .domain_count(domainCount);
      body.on(
          new Site(
              precision,
              parameters,
              columns,
              buffers,
              place.base(),
              batch,
              dropout,
              place.lanes().main()));
    }
  }

  private void begin(Site site, boolean training) {
    check(
        MloraCuda.mlora_cuda_state_advance(
            site.batch().state(), capacity(), training ? 1 : 0, site.stream()));
    check(MloraCuda.mlora_cuda_batch_group(site.batch(), site.stream()));
  }

  /** Queues predictions of the next rows, into the columns' places for them. */
  void predict(Place place) {
    at(
        place,
        Dropout.NONE,
        site -> {
          begin(site, false);
          forward(site);
          check(
              MloraCuda.mlora_cuda_predict(
                  site.batch(),
                  logits.address(site),
                  columns.logits(),
                  columns.probabilities(),
                  site.stream()));
        });
  }

  /** Queues a training step on the next rows. */
  void train(Place place, Rules rules, Map<Integer, Long> given) {
    BiConsumer<CudaParameter, Parameter> describe =
        (struct, p) -> parameters.describe(struct, p, rules.rule(p));
    at(
        place,
        new Dropout(true, given),
        site -> {
          CudaOptimizer optimizer = rules.describe();
          Supplier<Site> beside = () -> site.on(place.lanes().fork());
          begin(site, true);
          new Updates(beside.get(), sums, describe, optimizer)
              .catchUpDomains(rules::movesUntouched);
          tables.collect(site, tableMemory(site), describe);
          tables.catchUp(site, tableMemory(site), describe, optimizer);
          place.lanes().join();
          forwardBackward(site, place.lanes(), rules::trains);
          layers.forEach(layer -> layer.moveStatistics(beside, rules::rule));
          update(site, place.lanes(), describe, optimizer, rules::trains);
        });
  }

  /** Queues the gradients of all parameters on the next rows, without L2, and the loss. */
  void gradients(Place place, boolean drops, Map<Integer, Long> given) {
    BiConsumer<CudaParameter, Parameter> describe =
        (struct, p) -> {
          parameters.describe(struct, p, Parameters.everyRow(p));
          struct.gradient(parameters.gradient(p));
        };
    at(
        place,
        new Dropout(drops, given),
        site -> {
          CudaOptimizer optimizer = new CudaOptimizer().kind(MloraCuda.MLORA_CUDA_SGD);
          begin(site, false);
          tables.collect(site, tableMemory(site), describe);
          forwardBackward(site, place.lanes(), p -> true);
          update(site, place.lanes(), describe, optimizer, p -> true);
        });
  }

  private long tableMemory(Site site) {
    return site.base() + buffers.bytes();
  }

  /** Queues the updates: of tables on the first lane, of all else beside them. */
  private void update(
      Site site,
      Lanes lanes,
      BiConsumer<CudaParameter, Parameter> describe,
      CudaOptimizer optimizer,
      Predicate<Parameter> wanted) {
    Updates others = new Updates(site.on(lanes.fork()), sums, describe, optimizer);
    others.whole(wanted, site.base() + work);
    others.domains(wanted);
    tables.update(site, tableMemory(site), describe, optimizer);
    lanes.join();
  }

  private void forward(Site site) {
    layers.forEach(layer -> layer.forward(site));
    logits.take(site);
  }

  /** The second lane is left to be waited for. */
  private void forwardBackward(Site site, Lanes lanes, Predicate<Parameter> wanted) {
    forward(site);
    check(
        MloraCuda.mlora_cuda_loss(
            site.batch(),
            logits.address(site),
            columns.labels(),
            logits.gradient(site),
            site.at(losses),
            site.stream()));
    logits.giveGradient(site);
    Gradients gradients = new Gradients(site, lanes, layers, wanted);
    for (int i = layers.size() - 1; i >= 0; i--) {
      if (gradients.isNeeded(layers.get(i))) {
        layers.get(i).backward(site, gradients);
      }
    }
    gradients.addUp();
  }
}
