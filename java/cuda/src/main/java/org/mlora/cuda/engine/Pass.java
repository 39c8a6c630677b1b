package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.gemm.GemmQueue;
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
  private final Network network;
  private final Precision precision;
  private final Parameters parameters;
  private final DeviceColumns columns;
  private final Buffers buffers;
  private final Tables tables;
  private final long work;
  private final boolean backward;

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
      DeviceColumns columns,
      int capacity,
      boolean backward,
      Predicate<Parameter> trained) {
    this.network = network;
    this.precision = precision;
    this.parameters = parameters;
    this.columns = columns;
    this.backward = backward;
    this.buffers = new Buffers(network, precision, capacity, backward);
    this.tables =
        new Tables(network, columns, capacity, precision.code(), p -> backward && trained.test(p));
    this.work = buffers.bytes() + tables.bytes();
  }

  int capacity() {
    return buffers.capacity();
  }

  DeviceColumns columns() {
    return columns;
  }

  /** Bytes of the work space; the last part is one float a parameter, of row-wise optimizers. */
  long bytes() {
    return work + (backward ? 4L * network.parameters().size() : 0);
  }

  /**
   * Where a pass takes place.
   *
   * @param base address of the work space
   * @param state address of the step state
   * @param order address of the rows' order, or 0 for stored order
   * @param stream as the bindings take it
   */
  record Place(long base, long state, long order, GemmQueue gemm, Pointer stream) {}

  private interface Body {
    void on(Site site);
  }

  private void at(Place place, Body body) {
    try (CudaBatch batch = new CudaBatch()) {
      batch
          .state(place.state())
          .order(place.order())
          .domains(columns.domains())
          .memory(place.base() + buffers.batch())
          ._capacity(buffers.capacity())
          .domain_count(Math.max(1, network.domains()));
      body.on(
          new Site(
              network,
              precision,
              parameters,
              columns,
              buffers,
              place.base(),
              batch,
              place.gemm(),
              place.stream()));
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
        site -> {
          begin(site, false);
          new Forward(site).enqueue(false, Map.of());
          check(
              MloraCuda.mlora_cuda_predict(
                  site.batch(),
                  site.value(network.logit()),
                  columns.logits(),
                  columns.probabilities(),
                  site.stream()));
        });
  }

  /**
   * Queues a training step on the next rows.
   *
   * @param given dropout masks given in place of drawn ones, see {@link Forward}
   */
  void train(Place place, Rules rules, Map<Integer, Long> given) {
    BiConsumer<CudaParameter, Parameter> describe =
        (struct, p) -> parameters.describe(struct, p, rules.rule(p));
    at(
        place,
        site -> {
          try (CudaOptimizer optimizer = rules.describe()) {
            Updates updates = new Updates(site, describe, optimizer);
            long memory = site.base() + buffers.bytes();
            begin(site, true);
            tables.collect(site, memory, describe);
            tables.catchUp(site, memory, describe, optimizer);
            updates.catchUpDomains(rules::movesUntouched);
            forwardBackward(site, true, given, rules::trains);
            tables.update(site, memory, describe, optimizer);
            updates.whole(rules::trains, site.base() + work);
            updates.domains(rules::trains);
          }
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
        site -> {
          try (CudaOptimizer optimizer = new CudaOptimizer()) {
            optimizer.kind(MloraCuda.MLORA_CUDA_SGD);
            Updates updates = new Updates(site, describe, optimizer);
            long memory = site.base() + buffers.bytes();
            begin(site, false);
            tables.collect(site, memory, describe);
            forwardBackward(site, drops, given, p -> true);
            tables.update(site, memory, describe, optimizer);
            updates.whole(p -> true, site.base() + work);
            updates.domains(p -> true);
          }
        });
  }

  private void forwardBackward(
      Site site, boolean drops, Map<Integer, Long> given, Predicate<Parameter> wanted) {
    new Forward(site).enqueue(drops, given);
    check(
        MloraCuda.mlora_cuda_loss(
            site.batch(),
            site.value(network.logit()),
            columns.labels(),
            site.gradient(network.logit()),
            site.base() + buffers.losses(),
            site.stream()));
    new Backward(site, wanted, drops).enqueue();
  }
}
