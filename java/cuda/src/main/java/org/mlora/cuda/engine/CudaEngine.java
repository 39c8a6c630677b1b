package org.mlora.cuda.engine;

import java.nio.FloatBuffer;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
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

/** A network on a device. The host waits for nothing but losses, predictions and reads. */
public final class CudaEngine implements Engine {
  /** Of the free memory, what columns may take; larger ones are read batch by batch. */
  private static final double MOST_FOR_COLUMNS = 0.6;

  private final DeviceRuntime runtime;
  private final Network network;
  private final double mostForColumns;
  private final Runnable whenClosed;
  private final Lanes lanes;
  private final Stream stream;
  private final Transfers transfers;
  private final Parameters parameters;
  private final Upkeep upkeep;
  private final Orders orders;
  private final Passes passes;
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
    this.mostForColumns = mostForColumns;
    this.whenClosed = whenClosed;
    runtime.bind();
    Closing made = new Closing();
    try {
      this.lanes = made.add(new Lanes(runtime, provider));
      this.stream = lanes.main().stream();
      this.transfers = made.add(new Transfers(runtime, stream));
      this.parameters = made.add(new Parameters(runtime, stream, transfers, network, precision));
      this.upkeep = new Upkeep(network, parameters, lanes.main().queue());
      this.orders = made.add(new Orders(runtime, stream, transfers));
      this.passes =
          made.add(
              new Passes(
                  network, precision, largestPrediction, parameters, runtime, lanes, transfers));
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
    passes.forget(columns);
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
    passes.forgetTraining();
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
    passes.training().set(step, seed());
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
    passes.training().set(step, seed());
  }

  @Override
  public synchronized void order(Resident data, RowOrder rows) {
    enter();
    LoadedColumns columns = own(data);
    EngineArguments.requireTrainable(columns.columns, rows);
    if (columns.staysInPlace() && orders.ofTraining(rows)) {
      passes.forgetTraining();
    }
    ordered = Optional.of(columns);
    order = rows;
    passes.forgetListed();
    passes.training().set(step, seed());
  }

  @Override
  public synchronized void train(int from, int count) {
    enter();
    LoadedColumns columns =
        ordered.orElseThrow(() -> new IllegalStateException("train is called before order"));
    Rules how =
        rules.orElseThrow(() -> new IllegalStateException("train is called before optimize"));
    EngineArguments.requireStep(from, count, order.size());
    passes.train(columns, order, from, count, how, step);
    step++;
    behind = true;
  }

  @Override
  public synchronized double takeLoss() {
    enter();
    return passes.training().takeLoss(transfers).mean();
  }

  @Override
  public synchronized double gradients(Resident data, int[] rows, boolean dropout) {
    enter();
    LoadedColumns columns = own(data);
    EngineArguments.requireTrainable(columns.columns, RowOrder.of(rows));
    catchUp();
    double loss = passes.gradients(columns, rows, dropout, step + 1, seed());
    rules.ifPresent(upkeep::addPenalties);
    return loss;
  }

  @Override
  public synchronized void fixDropout(int stream, byte[] keep) {
    enter();
    passes.fixDropout(stream, keep);
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
    catchUp();
    passes.predict(columns, from, count, logits, probabilities);
  }

  /** Brings all rows that batches did not touch to the steps done. */
  private void catchUp() {
    if (!behind) {
      return;
    }
    behind = false;
    upkeep.catchUp(rules.orElseThrow(), passes.training().address());
  }

  private long seed() {
    return rules.map(Rules::seed).orElse(0L);
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
    all.add(orders);
    rules.ifPresent(all::add);
    all.add(passes);
    all.add(stream::synchronize);
    loaded.forEach(all::add);
    try {
      all.close();
    } finally {
      whenClosed.run();
    }
  }
}
