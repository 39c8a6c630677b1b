package org.mlora.cuda.engine;

import java.nio.FloatBuffer;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.bytedeco.javacpp.Pointer;
import org.mlora.backend.Engine;
import org.mlora.backend.EngineArguments;
import org.mlora.backend.Session;
import org.mlora.backend.TurnSession;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Stream;
import org.mlora.data.Columns;
import org.mlora.error.ClosedException;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.random.RowOrder;
import org.mlora.train.Optimization;

/**
 * A network on a device. A step is one graph for each capacity of a batch: its first run is queued
 * as it is, which warms libraries up, the second is recorded, and all later ones replay the record.
 * The host waits for nothing but losses, predictions and reads.
 */
public final class CudaEngine implements Engine {
  /** Of the free memory, what columns may take; larger ones are read batch by batch. */
  private static final double MOST_FOR_COLUMNS = 0.6;

  private final DeviceRuntime runtime;
  private final Network network;
  private final Precision precision;
  private final int largestPrediction;
  private final double mostForColumns;
  private final Runnable whenClosed;
  private final Lanes lanes;
  private final Stream stream;
  private final Transfers transfers;
  private final Parameters parameters;
  private final Upkeep upkeep;
  private final WorkSpace space;
  private final Arena states;
  private final StepState training;
  private final StepState probing;
  private final Batches batches;
  private final Orders orders;
  private final GivenMasks masks;
  private final Set<LoadedColumns> loaded = new LinkedHashSet<>();
  private Optional<Rules> rules = Optional.empty();
  private Optional<LoadedColumns> ordered = Optional.empty();
  private RowOrder order = RowOrder.of();
  private long step;
  private boolean behind;
  private boolean closed;

  /**
   * Compiles a network.
   *
   * @param whenClosed called once nothing of the engine is left on the device
   * @throws org.mlora.error.InvalidInputException when its parts do not fit together
   * @throws org.mlora.error.UnsupportedDeviceException when the kernels cannot run all of it, or
   *     the native library of the CPU, which looks at it first, cannot be loaded
   * @throws org.mlora.error.OutOfDeviceMemoryException when the device has no room for it
   */
  public CudaEngine(
      DeviceRuntime runtime,
      GemmProvider provider,
      Network network,
      Precision precision,
      Runnable whenClosed) {
    this(
        runtime,
        provider,
        network,
        precision,
        Capacity.LARGEST_PREDICTION,
        MOST_FOR_COLUMNS,
        whenClosed);
  }

  /**
   * The same with other limits.
   *
   * @param largestPrediction rows that are predicted at once; a capacity
   * @param mostForColumns of the free memory, what columns may take; 0 keeps all on the host
   */
  CudaEngine(
      DeviceRuntime runtime,
      GemmProvider provider,
      Network network,
      Precision precision,
      int largestPrediction,
      double mostForColumns,
      Runnable whenClosed) {
    CpuBackend.require(network);
    SupportedOps.require(network);
    this.runtime = runtime;
    this.network = network;
    this.precision = precision;
    this.largestPrediction = largestPrediction;
    this.mostForColumns = mostForColumns;
    this.whenClosed = whenClosed;
    runtime.bind();
    Closing made = new Closing();
    try {
      this.lanes = made.add(new Lanes(runtime, provider));
      this.stream = lanes.main().stream();
      Pointer queue = lanes.main().queue();
      this.transfers = made.add(new Transfers(runtime, stream));
      this.parameters = made.add(new Parameters(runtime, stream, transfers, network, precision));
      this.upkeep = new Upkeep(network, parameters, queue);
      this.space = made.add(new WorkSpace(runtime, stream));
      this.states = made.add(new Arena(runtime, "step states"));
      this.orders = made.add(new Orders(runtime, stream, transfers));
      this.masks = made.add(new GivenMasks(runtime, stream, transfers));
      long first = states.reserve(StepState.BYTES);
      long second = states.reserve(StepState.BYTES);
      long third = states.reserve(StepState.BYTES);
      states.allocate();
      stream.fill(states.at(0), 0, states.bytes() / 4);
      this.training = new StepState(states.at(first), queue);
      this.probing = new StepState(states.at(second), queue);
      this.batches = new Batches(space, lanes, new StepState(states.at(third), queue));
      training.set(0, 0);
    } catch (Throwable e) {
      made.closeAfter(e);
      throw e;
    }
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public synchronized Resident load(Columns columns) {
    enter();
    long wanted = DeviceColumns.bytes(runtime, columns);
    LoadedColumns fresh =
        wanted > runtime.memory().freeBytes() * mostForColumns
            ? new StreamedColumns(this, network, runtime, stream, columns)
            : new DeviceColumns(this, network, runtime, transfers, orders, columns);
    loaded.add(fresh);
    return fresh;
  }

  /** Lets go of places of columns that are being freed, once nothing reads them any more. */
  synchronized void forgetPlaces(LoadedColumns columns) {
    runtime.bind();
    stream.synchronize();
    space.forget(columns);
  }

  /** Frees columns, which are closed with the engine where they were not before. */
  synchronized void free(LoadedColumns columns) {
    if (loaded.remove(columns)) {
      forgetPlaces(columns);
      if (ordered.filter(o -> o == columns).isPresent()) {
        ordered = Optional.empty();
      }
      columns.release();
    }
  }

  @Override
  public synchronized void write(Parameter parameter, Slot slot, long offset, FloatBuffer source) {
    enter();
    EngineArguments.requireSlice(network, parameter, slot, offset, source);
    catchUp();
    parameters.write(parameter, slot, offset, source);
  }

  @Override
  public synchronized void read(Parameter parameter, Slot slot, long offset, FloatBuffer target) {
    enter();
    EngineArguments.requireTarget(network, parameter, slot, offset, target);
    catchUp();
    parameters.read(parameter, slot, offset, target);
  }

  @Override
  public synchronized void optimize(Optimization optimization) {
    enter();
    catchUp();
    Rules fresh = new Rules(network, optimization, runtime, transfers);
    space.forgetTraining();
    boolean sameState =
        rules
            .map(r -> r.optimizer().getClass() == optimization.optimizer().getClass())
            .orElse(false);
    rules.ifPresent(
        old -> {
          stream.synchronize();
          old.close();
        });
    rules = Optional.of(fresh);
    if (!sameState) {
      parameters.resetMoments(optimization.optimizer());
    }
    // Rows that were frozen until now have nothing to catch up with.
    parameters.stamp(step);
    training.set(step, optimization.seed());
  }

  @Override
  public synchronized void resetOptimizer() {
    enter();
    catchUp();
    rules.ifPresent(r -> parameters.resetMoments(r.optimizer()));
    place(0);
  }

  @Override
  public synchronized long step() {
    return step;
  }

  @Override
  public synchronized void setStep(long step) {
    enter();
    if (step < 0 || step > Integer.MAX_VALUE) {
      throw new InvalidShapeException("the step " + step + " is not in [0, 2^31)");
    }
    catchUp();
    place(step);
  }

  private void place(long step) {
    this.step = step;
    parameters.stamp(step);
    training.set(step, rules.map(Rules::seed).orElse(0L));
  }

  @Override
  public synchronized void order(Resident data, RowOrder rows) {
    enter();
    LoadedColumns columns = own(data);
    EngineArguments.requireTrainable(columns.columns, rows);
    if (columns.staysInPlace() && orders.ofTraining(rows)) {
      space.forgetTraining();
    }
    ordered = Optional.of(columns);
    order = rows;
    batches.forget();
    training.set(step, rules.map(Rules::seed).orElse(0L));
  }

  @Override
  public synchronized void train(int from, int count) {
    enter();
    LoadedColumns columns =
        ordered.orElseThrow(() -> new IllegalStateException("train is called before order"));
    Rules how =
        rules.orElseThrow(() -> new IllegalStateException("train is called before optimize"));
    EngineArguments.requireStep(from, count, order.size());
    masks.require(network, count);
    refresh(columns);
    int capacity = Capacity.of(count);
    lanes.openAll();
    LoadedColumns.Batch batch = columns.ofEpoch(order, from, count, capacity);
    WorkSpace.Prepared pass =
        space.prepare(
            new WorkSpace.Key(WorkSpace.Kind.TRAINING, capacity, batch.places()),
            () -> pass(batch.places(), capacity, true, how::trains));
    reading(
        columns,
        batch,
        () ->
            orUndone(
                training,
                step,
                how.seed(),
                () ->
                    batches.run(
                        pass,
                        batch,
                        training,
                        columns.staysInPlace(),
                        place -> pass.pass().list(place, how),
                        (place, next) -> pass.pass().train(place, next, how, masks.addresses()))));
    step++;
    behind = true;
  }

  private void refresh(LoadedColumns columns) {
    if (columns.refresh()) {
      batches.forget();
    }
  }

  @Override
  public synchronized double takeLoss() {
    enter();
    return training.takeLoss(transfers).mean();
  }

  @Override
  public synchronized double gradients(Resident data, int[] rows, boolean dropout) {
    enter();
    LoadedColumns columns = own(data);
    EngineArguments.requireTrainable(columns.columns, RowOrder.of(rows));
    masks.require(network, rows.length);
    refresh(columns);
    catchUp();
    int capacity = Capacity.of(rows.length);
    LoadedColumns.Batch batch = columns.of(rows, capacity);
    Pass pass = pass(batch.places(), capacity, true, p -> true);
    long base = space.borrow(pass.bytes());
    batches.forget();
    parameters.clearGradients();
    probing.set(step + 1, rules.map(Rules::seed).orElse(0L));
    probing.seek(0, rows.length, capacity, rows.length);
    reading(
        columns,
        batch,
        () ->
            pass.gradients(
                new Pass.Place(base, probing.address(), batch.order(), 0, lanes),
                dropout,
                masks.addresses()));
    rules.ifPresent(upkeep::addPenalties);
    return probing.takeLoss(transfers).mean();
  }

  @Override
  public synchronized void fixDropout(int stream, byte[] keep) {
    enter();
    space.forgetTraining();
    masks.give(stream, keep);
  }

  @Override
  public synchronized void predict(
      Resident data, int from, int count, FloatBuffer logits, FloatBuffer probabilities) {
    enter();
    LoadedColumns columns = own(data);
    EngineArguments.requireRange(columns.columns, from, count);
    EngineArguments.requireRoom("logits", logits, count);
    EngineArguments.requireRoom("probabilities", probabilities, count);
    if (count == 0) {
      return;
    }
    refresh(columns);
    catchUp();
    int capacity = Capacity.of(Math.min(count, largestPrediction));
    LoadedColumns.Batch next = columns.stored(from, Math.min(capacity, count), capacity);
    for (int done = 0; done < count; ) {
      LoadedColumns.Batch batch = next;
      int part = batch.count();
      predict(columns, batch, capacity);
      if (done + part < count) {
        // Before predictions are waited for, so that it is gathered while they are computed.
        next =
            columns.stored(from + done + part, Math.min(capacity, count - done - part), capacity);
      }
      if (!columns.staysInPlace()) {
        fetch(batch.places(), 0, slice(logits, done, part), slice(probabilities, done, part));
      } else if (done + part == count) {
        fetch(batch.places(), from, slice(logits, 0, count), slice(probabilities, 0, count));
      }
      done += part;
    }
  }

  private void predict(LoadedColumns columns, LoadedColumns.Batch batch, int capacity) {
    WorkSpace.Prepared pass =
        space.prepare(
            new WorkSpace.Key(WorkSpace.Kind.PREDICTION, capacity, batch.places()),
            () -> pass(batch.places(), capacity, false, p -> false));
    // Only the largest batches are one of many; a smaller one would list rows in vain.
    boolean ofMany = columns.staysInPlace() && capacity == largestPrediction;
    reading(
        columns,
        batch,
        () ->
            orUndone(
                probing,
                0,
                0,
                () ->
                    batches.run(
                        pass, batch, probing, ofMany, pass.pass()::list, pass.pass()::predict)));
  }

  /** Queues what reads a batch, and tells its columns when that is done, be it a part of it. */
  private static void reading(LoadedColumns columns, LoadedColumns.Batch batch, Runnable work) {
    try (Closing after = new Closing()) {
      after.add(() -> columns.queued(batch));
      work.run();
    }
  }

  /**
   * Queues a pass. One that fails may have brought its states on the device a batch further than
   * the host knows, or the other way round; so both begin anew then, and it can be done again.
   *
   * @param state of the pass
   * @param step done before it
   */
  private void orUndone(StepState state, long step, long seed, Runnable pass) {
    try {
      pass.run();
    } catch (Throwable e) {
      try {
        batches.reset();
        state.set(step, seed);
      } catch (RuntimeException further) {
        e.addSuppressed(further);
      }
      throw e;
    }
  }

  private Pass pass(
      ColumnPlaces columns, int capacity, boolean backward, Predicate<Parameter> trained) {
    return new Pass(network, precision, parameters, columns, capacity, backward, trained);
  }

  /** Waits for predictions, of rows from one on. */
  private void fetch(ColumnPlaces from, int row, FloatBuffer logits, FloatBuffer probabilities) {
    transfers.download(from.logits() + 4L * row, logits);
    transfers.download(from.probabilities() + 4L * row, probabilities);
  }

  /** Some of the numbers that remain; none where none are wanted. */
  private static FloatBuffer slice(FloatBuffer all, int from, int count) {
    if (all.capacity() == 0) {
      return all;
    }
    int start = all.position() + from;
    return all.duplicate().position(start).limit(start + count);
  }

  /** Brings all rows that batches did not touch to the steps done. */
  private void catchUp() {
    if (!behind) {
      return;
    }
    behind = false;
    upkeep.catchUp(rules.orElseThrow(), training.address());
  }

  private void enter() {
    if (closed) {
      throw new ClosedException("the model's engine");
    }
    runtime.bind();
  }

  private LoadedColumns own(Resident data) {
    if (data instanceof LoadedColumns columns && columns.isOf(this)) {
      return columns;
    }
    throw new InvalidShapeException("the columns were loaded by another engine");
  }

  @Override
  public Session share() {
    return new TurnSession(this);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    runtime.bind();
    Closing all = new Closing();
    all.add(lanes);
    all.add(transfers);
    all.add(parameters);
    all.add(states);
    all.add(orders);
    all.add(masks);
    rules.ifPresent(all::add);
    all.add(space);
    all.add(stream::synchronize);
    loaded.forEach(all::add);
    try {
      all.close();
    } finally {
      whenClosed.run();
    }
  }
}
