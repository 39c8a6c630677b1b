package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
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
 *
 * <p>A batch is listed first: sorted by domain, and by the rows of tables that it touches. Lists
 * have two seats, so that a step can list the batch after it while it computes.
 */
final class Pass {
  private final Precision precision;
  private final Parameters parameters;
  private final ColumnPlaces columns;
  private final int domainCount;
  private final Buffers buffers;
  private final List<Layer> layers;
  private final Optional<Tower> tower;

  /** The layers that the tower leaves, and those of them that are to be queued before it. */
  private final List<Layer> below;

  private final List<Layer> before;

  private final List<GradientSum> sums;
  private final Logits logits;
  private final Tables tables;
  private final long losses;
  private final long seatBytes;
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
    Optional<Tower.Plan> plan = Tower.Plan.of(network, buffers);
    this.layers = Layers.of(network, buffers, plan);
    this.tower = plan.map(p -> new Tower(p, layers));
    this.below = new ArrayList<>(layers);
    tower.ifPresent(t -> below.removeAll(t.layers()));
    this.before = new ArrayList<>(below);
    tower.ifPresent(t -> before.removeIf(t::looksUp));
    this.sums = layers.stream().flatMap(layer -> layer.sums().stream()).toList();
    this.logits = new Logits(network.logit(), buffers);
    this.losses = buffers.parts(capacity, 2);
    this.tables =
        new Tables(network, columns, capacity, precision.code(), p -> backward && trained.test(p));
    this.seatBytes = tablesOfSeat() + tables.bytes();
    this.work = buffers.bytes() + 2 * seatBytes;
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
   * @param seat of the batch's lists, 0 or 1
   */
  record Place(long base, long state, long order, int seat, Lanes lanes) {
    /** The same as another state has it. */
    Place in(long other) {
      return new Place(base, other, order, seat, lanes);
    }
  }

  /** Tables follow the batch by domain. */
  private long tablesOfSeat() {
    return Arena.aligned(buffers.batchBytes());
  }

  private long seat(Place place) {
    return place.base() + buffers.bytes() + place.seat() * seatBytes;
  }

  private long tables(Place place) {
    return seat(place) + tablesOfSeat();
  }

  private interface Body {
    void on(Site site);
  }

  /** Sees to it that what comes after a pass waits for its lanes, also where it fails. */
  private interface Joined extends AutoCloseable {
    @Override
    void close();
  }

  private void at(Place place, Dropout dropout, Body body) {
    try (PointerScope structs = new PointerScope();
        Joined end = place.lanes()::join) {
      body.on(site(place, dropout));
    }
  }

  private Site site(Place place, Dropout dropout) {
    CudaBatch batch =
        new CudaBatch()
            .state(place.state())
            .order(place.order())
            .domains(columns.domains())
            .memory(seat(place))
            ._capacity(buffers.capacity())
            .domain_count(domainCount);
    return new Site(
        precision,
        parameters,
        columns,
        buffers,
        place.base(),
        batch,
        dropout,
        place.lanes().main());
  }

  private void advance(Site site, boolean training) {
    check(
        MloraCuda.mlora_cuda_state_advance(
            site.batch().state(), capacity(), training ? 1 : 0, site.stream()));
  }

  /** What lists need to know of the tables of predictions, which train none. */
  private static void describeNone(CudaParameter struct, Parameter parameter) {}

  private BiConsumer<CudaParameter, Parameter> describe(Rules rules) {
    return (struct, p) -> parameters.describe(struct, p, rules.rule(p));
  }

  /** Queues lists of the next rows of training, which the state goes on by. */
  void list(Place place, Rules rules) {
    at(place, Dropout.NONE, site -> advanceAndList(site, place, describe(rules)));
  }

  /** Queues lists of the next rows to be predicted, which the state goes on by. */
  void list(Place place) {
    at(place, Dropout.NONE, site -> advanceAndList(site, place, Pass::describeNone));
  }

  private void advanceAndList(
      Site site, Place place, BiConsumer<CudaParameter, Parameter> describe) {
    advance(site, false);
    list(site, place, describe);
  }

  private void list(Site site, Place place, BiConsumer<CudaParameter, Parameter> describe) {
    check(MloraCuda.mlora_cuda_batch_group(site.batch(), site.stream()));
    tables.collect(site, tables(place), describe);
  }

  /**
   * Queues predictions of the next rows, into the columns' places for them.
   *
   * @param next where the rows after them are listed, as for {@link #train}
   */
  void predict(Place place, Optional<Place> next) {
    at(
        place,
        Dropout.NONE,
        site -> {
          advance(site, false);
          if (next.isEmpty()) {
            list(site, place, Pass::describeNone);
          }
          next.ifPresent(after -> advanceAndList(beside(after), after, Pass::describeNone));
          before.forEach(layer -> layer.forward(site));
          tower.ifPresentOrElse(t -> t.predict(site), () -> predict(site));
        });
  }

  private void predict(Site site) {
    logits.take(site);
    check(
        MloraCuda.mlora_cuda_predict(
            site.batch(),
            logits.address(site),
            columns.logits(),
            columns.probabilities(),
            site.stream()));
  }

  /**
   * Queues a training step on the next rows.
   *
   * @param next where the rows after them are listed, by a state that is ahead; those of the step
   *     are listed already then
   */
  void train(Place place, Optional<Place> next, Rules rules, Map<Integer, Long> given) {
    BiConsumer<CudaParameter, Parameter> describe = describe(rules);
    at(
        place,
        new Dropout(true, given),
        site -> {
          CudaOptimizer optimizer = rules.describe();
          Lanes lanes = place.lanes();
          advance(site, true);
          if (next.isEmpty()) {
            list(site, place, describe);
          }
          new Updates(site.on(lanes.fork(Lanes.Beside.DOMAINS)), sums, describe, optimizer)
              .catchUpDomains(rules::movesUntouched, false);
          tables.catchUp(site, tables(place), describe, optimizer, false);
          lanes.join();
          next.ifPresent(after -> prepare(place, after, rules, optimizer));
          forwardBackward(site, lanes, rules::trains);
          layers.forEach(
              layer ->
                  layer.moveStatistics(() -> site.on(lanes.fork(Lanes.Beside.WHOLE)), rules::rule));
          update(site, place, describe, optimizer, rules::trains);
        });
  }

  /** The site of the batch after that of a pass, beside it. */
  private Site beside(Place after) {
    return site(after, Dropout.NONE).on(after.lanes().fork(Lanes.Beside.NEXT));
  }

  /**
   * Queues lists of the batch after that of a step, and lets its rows catch up, beside the step.
   */
  private void prepare(Place place, Place after, Rules rules, CudaOptimizer optimizer) {
    BiConsumer<CudaParameter, Parameter> describe = describe(rules);
    advanceAndList(beside(after), after, describe);
    Site rows = beside(after.in(place.state()));
    tables.catchUp(rows, tables(after), describe, optimizer, true);
    new Updates(rows, sums, describe, optimizer).catchUpDomains(rules::movesUntouched, true);
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
          advanceAndList(site, place, describe);
          forwardBackward(site, place.lanes(), p -> true);
          update(site, place, describe, optimizer, p -> true);
        });
  }

  /** Queues the updates: of tables on the first lane, of all else on those of their gradients. */
  private void update(
      Site site,
      Place place,
      BiConsumer<CudaParameter, Parameter> describe,
      CudaOptimizer optimizer,
      Predicate<Parameter> wanted) {
    Lanes lanes = place.lanes();
    Site ofDomains = site.on(lanes.fork(Lanes.Beside.DOMAINS));
    Site ofWhole = site.on(lanes.fork(Lanes.Beside.WHOLE));
    // What domains share is summed with what they own.
    lanes.await(Lanes.Beside.WHOLE, Lanes.Beside.DOMAINS);
    new Updates(ofWhole, sums, describe, optimizer).whole(wanted, place.base() + work);
    new Updates(ofDomains, sums, describe, optimizer).domains(wanted);
    tables.update(site, tables(place), describe, optimizer);
  }

  /** The lanes beside are left to be waited for. */
  private void forwardBackward(Site site, Lanes lanes, Predicate<Parameter> wanted) {
    Gradients gradients = new Gradients(site, lanes, layers, wanted);
    before.forEach(layer -> layer.forward(site));
    tower.ifPresentOrElse(t -> t.train(site, gradients, site.at(losses)), () -> loss(site));
    gradients.aside(Lanes.Beside.DOMAINS, this::sumLosses);
    for (int i = below.size() - 1; i >= 0; i--) {
      if (gradients.isNeeded(below.get(i))) {
        below.get(i).backward(site, gradients);
      }
    }
    gradients.addUp();
  }

  private void loss(Site site) {
    logits.take(site);
    check(
        MloraCuda.mlora_cuda_loss(
            site.batch(),
            logits.address(site),
            columns.labels(),
            columns.weights(),
            logits.gradient(site),
            site.at(losses),
            site.stream()));
    logits.giveGradient(site);
  }

  private void sumLosses(Site site) {
    check(MloraCuda.mlora_cuda_sum_losses(site.batch(), site.at(losses), site.stream()));
  }
}
